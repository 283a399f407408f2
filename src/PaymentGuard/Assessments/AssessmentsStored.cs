namespace PaymentGuard.Assessments;

/// <summary>Wakes the one that waits when this process has stored assessments. Those of other processes it must look for itself.</summary>
internal sealed class AssessmentsStored
{
    private volatile TaskCompletionSource next = NewSource();

    /// <summary>To be called after each commit.</summary>
    public void Signal() => Interlocked.Exchange(ref next, NewSource()).TrySetResult();

    /// <summary>Completes at the next signal after this call.</summary>
    public Task Next => next.Task;

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
