using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using PaymentGuard.Assessments;
using PaymentGuard.Cli;
using PaymentGuard.Platform;

namespace PaymentGuard.Tests.Platform;

public sealed partial class DataKeysRotationTests : IDisposable
{
    private const string Place = "assessments.request:1";
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;
    private readonly string path;

    public DataKeysRotationTests()
    {
        path = Path.Combine(folder, "data-keys");
        Write(DataKeys.NewLine("k1"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Decrypt_UnderAKeyThatAnotherProcessSawFirst_ReadsTheFileAtOnce()
    {
        var (first, second) = (DataKeys.Load(path), DataKeys.Load(path));
        var old = first.Encrypt("old"u8, Place);
        DataKeyFile.Add(path, id: null);
        Assert.True(first.Follow());
        var fresh = first.Encrypt("fresh"u8, Place);
        Assert.Equal("fresh"u8.ToArray(), second.Decrypt(fresh, Place));
        Assert.Equal("old"u8.ToArray(), second.Decrypt(old, Place));
        Assert.Equal(fresh[..4], second.Encrypt("x"u8, Place)[..4]);
        Assert.False(first.Follow());
        Assert.Equal(first.Derive("velocity"), second.Derive("velocity"));
        Assert.Equal(first.Derive("velocity"), DataKeys.Load(path).Derive("velocity"));
    }

    [Fact]
    public async Task Rotation_UnderLoad_LosesNoValue()
    {
        var processes = new[] { DataKeys.Load(path), DataKeys.Load(path), DataKeys.Load(path) };
        using var end = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var count = 0;
            for (; !end.IsCancellationRequested || count == 0; count++)
            {
                var value = BitConverter.GetBytes(count);
                var frame = processes[(worker + count) % 3].Encrypt(value, Place);
                Assert.Equal(value, processes[(worker + count + 1) % 3].Decrypt(frame, Place));
            }
            return count;
        })).ToList();
        for (var rotation = 0; rotation < 20; rotation++)
        {
            DataKeyFile.Add(path, id: null);
            processes[rotation % 3].Follow();
            await Task.Delay(20);
        }
        await end.CancelAsync();
        Assert.All(await Task.WhenAll(load), count => Assert.True(count > 0));
        Assert.All(processes, process => { process.Follow(); Assert.Equal("k21", process.Ids[^1]); });
    }

    [Fact]
    public void Follow_FileThatCannotTakeTheirPlace_KeepsTheKeysAndLogsItOnce()
    {
        var k1 = File.ReadAllText(path);
        var k2 = DataKeys.NewLine("k2");
        Write(k1 + k2);
        var keys = DataKeys.Load(path);
        var log = new Logged();
        using var follower = new DataKeysFollower(keys, TimeProvider.System, log);
        var frame = keys.Encrypt("x"u8, Place);
        var secret = DataKeys.NewLine("k3");
        foreach (var text in new[] { "", "nonsense", k1, k2 + k1, k1 + DataKeys.NewLine("k2"), k1 + k2 + "k3:" + secret[3..20], k1 + k2 + secret + secret })
        {
            Write(text);
            Assert.Throws<SettingException>(() => keys.Follow());
            log.Lines.Clear();
            follower.Follow();
            follower.Follow();
            Assert.Equal(LogLevel.Error, Assert.Single(log.Lines).Level);
            Assert.DoesNotContain(log.Lines, line => line.Text.Contains(secret[3..20], StringComparison.Ordinal) || line.Text.Contains(k1[3..20], StringComparison.Ordinal));
            Assert.Equal("x"u8.ToArray(), keys.Decrypt(frame, Place));
            Assert.Equal(frame[..4], keys.Encrypt("x"u8, Place)[..4]);
            Write(k1 + k2);
            follower.Follow();
        }
        File.Delete(path);
        Assert.Throws<SettingException>(() => keys.Follow());
        Assert.Equal("x"u8.ToArray(), keys.Decrypt(frame, Place));

        Write(k1 + k2 + secret);
        log.Lines.Clear();
        follower.Follow();
        Assert.Contains("k3", Assert.Single(log.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Decrypt_UnderAKeyThatIsNowhere_IsRefused()
    {
        var keys = DataKeys.Load(path);
        var frame = DataKeys.Parse(DataKeys.NewLine("k9")).Encrypt("x"u8, Place);
        Assert.Throws<CryptographicException>(() => keys.Decrypt(frame, Place));
        File.Delete(path);
        Assert.Throws<CryptographicException>(() => keys.Decrypt(frame, Place));
    }

    [Fact]
    public void Add_KeepsWhatIsThereAndNumbersOn()
    {
        Write("# made by hand" + "\n" + DataKeys.NewLine("k1").TrimEnd());
        Assert.Equal(["k1", "k2"], DataKeyFile.Add(path, id: null));
        Assert.Equal(["k1", "k2", "spring"], DataKeyFile.Add(path, "spring"));
        Assert.Equal(["k1", "k2", "spring", "k3"], DataKeyFile.Add(path, id: null));
        Assert.StartsWith("# made by hand\nk1:", File.ReadAllText(path), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.GetFiles(folder));
    }

    [Theory]
    [InlineData("k1")]
    [InlineData("")]
    [InlineData("#x")]
    [InlineData(" x")]
    [InlineData("a:b")]
    [InlineData("a\nb")]
    [InlineData("ü")]
    [InlineData("an-id-that-is-longer-than-32-characters")]
    public void Add_IdThatCannotBeUsed_ChangesNothing(string id)
    {
        var before = File.ReadAllText(path);
        Assert.Throws<SettingException>(() => DataKeyFile.Add(path, id));
        Assert.Equal(before, File.ReadAllText(path));
        Assert.Equal(["k1", "k2"], DataKeyFile.Add(path, id: null));
    }

    [Fact]
    public void EncryptedColumns_All_AreThoseThatTheMigrationsName()
    {
        var assembly = typeof(DataKeys).Assembly;
        var named = assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).SelectMany(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return EncryptedFor().Matches(reader.ReadToEnd()).Select(match => match.Groups[1].Value);
        });
        Assert.Equal(named.Order(StringComparer.Ordinal), EncryptedColumns.All.Select(column => column.Place(column.Key.Select(part => part.Name))).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Place_OfAnAssessment_IsTheOneItIsEncryptedFor()
    {
        var id = Guid.NewGuid();
        Assert.Equal(AssessmentRow.RequestPlace(id), EncryptedColumns.All.Single(column => column.Name == "assessments.request").Place([id.ToString()]));
    }

    [GeneratedRegex("encrypted for ([a-z_]+\\.[a-z_]+:[a-z_]+( [a-z_]+)*)")]
    private static partial Regex EncryptedFor();

    private void Write(string text)
    {
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private sealed class Logged : ILogger<DataKeysFollower>
    {
        public List<(LogLevel Level, string Text)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add((logLevel, formatter(state, exception)));
    }
}
