namespace PaymentGuard.Assessments;

/// <summary>Wakes those that follow the stored assessments. Those of other processes they find by looking now and then.</summary>
internal sealed class AssessmentsStored(TimeProvider clock)
{
    // A look costs PostgreSQL and Kafka about the same for one assessment as for a hundred, so what is stored shortly after the first goes along.
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100), Gathering = TimeSpan.FromMilliseconds(50);

    private volatile TaskCompletionSource next = NewSource();

    /// <summary>To be called after each commit.</summary>
    public void Signal() => Interlocked.Exchange(ref next, NewSource()).TrySetResult();

    /// <summary>Completes at the next signal after this call; to be taken before a look, for <see cref="Wait"/>.</summary>
    public Task Next => next.Task;

    /// <summary>Waits until another look is worth it.</summary>
    public async Task Wait(Task next, CancellationToken ct)
    {
        await next.WaitAsync(PollInterval, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(Gathering, clock, ct);
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
