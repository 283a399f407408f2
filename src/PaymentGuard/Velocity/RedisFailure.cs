using StackExchange.Redis;

namespace PaymentGuard.Velocity;

/// <summary>What a Redis that is away, full, read-only, loading or misconfigured makes of a command: expected, and answered as unavailable.</summary>
internal static class RedisFailure
{
    public static bool Is(Exception exception) => exception is RedisException or TimeoutException or ObjectDisposedException or OperationCanceledException
        || exception is AggregateException { InnerException: { } inner } && Is(inner);

    /// <summary>Waits until the task has ended or the time is up, and throws neither way; a failure that comes later is nobody's.</summary>
    public static async ValueTask<bool> EndsWithin(this Task task, TimeSpan budget, TimeProvider clock, CancellationToken ct)
    {
        if (!task.IsCompleted && budget > TimeSpan.Zero)
            await task.WaitAsync(budget, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!task.IsCompletedSuccessfully) _ = task.ContinueWith(static ended => ended.Exception, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously);
        return task.IsCompletedSuccessfully;
    }
}
