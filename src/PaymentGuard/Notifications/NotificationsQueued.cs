namespace PaymentGuard.Notifications;

/// <summary>Wakes the sending. What other processes queued it finds by looking each second.</summary>
internal sealed class NotificationsQueued(TimeProvider clock)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private volatile TaskCompletionSource next = NewSource();

    /// <summary>To be called after the commit of a transaction that queued something.</summary>
    public void Signal() => Interlocked.Exchange(ref next, NewSource()).TrySetResult();

    /// <summary>Completes at the next signal after this call; to be taken before a look, for <see cref="Wait"/>.</summary>
    public Task Next => next.Task;

    /// <summary>Waits until another look is worth it.</summary>
    public async Task Wait(Task next, CancellationToken ct) =>
        await next.WaitAsync(PollInterval, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
