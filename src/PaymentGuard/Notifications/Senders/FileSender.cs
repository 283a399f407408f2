namespace PaymentGuard.Notifications.Senders;

/// <summary>Appends each message as a line of JSON to a file that only its owner may read: for local use, and for platforms that fetch them.</summary>
internal sealed class FileSender(string path, TimeProvider clock) : IMessageSender
{
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim turn = new(1);

    public bool Takes(string channel) => true;

    public async Task Send(OutgoingMessage message, CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            await using var file = await Open(ct);
            await file.WriteAsync((byte[])[.. message.ToJson(), (byte)'\n'], CancellationToken.None);
        }
        finally { turn.Release(); }
    }

    /// <summary>One process at a time has the file: .NET appends at the end that it saw when it opened the file.</summary>
    private async Task<FileStream> Open(CancellationToken ct)
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        while (true)
        {
            try { return new FileStream(path, options); }
            catch (IOException locked) when (locked is not (FileNotFoundException or DirectoryNotFoundException)) { }
            await Task.Delay(LockPause, clock, ct);
        }
    }
}

/// <summary>Writes each message as a line of JSON to standard output: for a look at a local set-up.</summary>
internal sealed class ConsoleSender : IMessageSender
{
    public bool Takes(string channel) => true;

    public async Task Send(OutgoingMessage message, CancellationToken ct)
    {
        await using var output = Console.OpenStandardOutput();
        await output.WriteAsync((byte[])[.. message.ToJson(), (byte)'\n'], CancellationToken.None);
    }
}
