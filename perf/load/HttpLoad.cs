using System.Diagnostics;

namespace PaymentGuard.Load;

/// <summary>Posts requests over kept-alive connections.</summary>
internal static class HttpLoad
{
    /// <summary>Closed loop: each connection posts the next request when it has the answer to the last. Finds the highest rate.</summary>
    public static async Task<LoadResult> Closed(Func<Task<HttpConnection>> open, int connectionCount, TimeSpan duration)
    {
        var connections = await OpenAll(open, connectionCount);
        var result = new LoadResult();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(connections.Select(connection => Task.Run(() => Repeat(connection, result, started, duration))));
        result.Elapsed = Stopwatch.GetElapsedTime(started);
        foreach (var connection in connections) connection.Dispose();
        return result;
    }

    /// <summary>
    /// Open loop: requests leave at a fixed rate whatever becomes of earlier ones, and latency counts from when one was meant to
    /// leave; a service that stalls is charged for all that wait meanwhile (no coordinated omission).
    /// </summary>
    public static async Task<LoadResult> Open(Func<Task<HttpConnection>> open, int connectionCount, double perSecond, TimeSpan duration)
    {
        var connections = await OpenAll(open, connectionCount);
        var result = new LoadResult();
        var schedule = new Schedule(connections, result);
        await Task.Factory.StartNew(() => schedule.Run(perSecond, duration), TaskCreationOptions.LongRunning);
        await schedule.Finish();
        result.Elapsed = duration;
        foreach (var connection in connections) connection.Dispose();
        return result;
    }

    private static Task<HttpConnection[]> OpenAll(Func<Task<HttpConnection>> open, int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => open()));

    private static async Task Repeat(HttpConnection connection, LoadResult result, long started, TimeSpan duration)
    {
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            var sent = Stopwatch.GetTimestamp();
            var reply = await connection.Post();
            result.Record(reply, Stopwatch.GetElapsedTime(sent));
            if (reply.Status == 0) return;              // the connection is gone
        }
    }

    /// <summary>Hands requests that are due to idle connections; what finds none waits and is charged for it.</summary>
    private sealed class Schedule(IEnumerable<HttpConnection> connections, LoadResult result)
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

        private readonly Stack<HttpConnection> idle = new(connections);
        private readonly Queue<long> waiting = new();
        private readonly Lock gate = new();
        private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int inWork = 1;                         // the schedule itself, until it ends

        public void Run(double perSecond, TimeSpan duration)
        {
            var started = Stopwatch.GetTimestamp();
            var step = Stopwatch.Frequency / perSecond;
            var count = (long)(perSecond * duration.TotalSeconds);
            for (var number = 0L; number < count; number++)
            {
                var due = started + (long)(number * step);
                Pause.Until(due);
                Interlocked.Increment(ref inWork);
                Begin(due);
            }
        }

        /// <summary>Waits for the answers that are still out, for a bounded time.</summary>
        public Task Finish()
        {
            End();
            return Task.WhenAny(finished.Task, Task.Delay(Patience));
        }

        private void Begin(long due)
        {
            HttpConnection? connection;
            lock (gate)
            {
                if (!idle.TryPop(out connection)) waiting.Enqueue(due);
            }

            if (connection is not null) _ = Work(connection, due);
        }

        private async Task Work(HttpConnection connection, long due)
        {
            while (true)
            {
                var reply = await connection.Post();
                result.Record(reply, Stopwatch.GetElapsedTime(due));
                End();
                if (reply.Status == 0) return;          // the connection is gone
                lock (gate)
                {
                    if (!waiting.TryDequeue(out due))
                    {
                        idle.Push(connection);
                        return;
                    }
                }
            }
        }

        private void End()
        {
            if (Interlocked.Decrement(ref inWork) == 0) finished.TrySetResult();
        }
    }
}
