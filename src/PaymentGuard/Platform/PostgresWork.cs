using Npgsql;

namespace PaymentGuard.Platform;

/// <summary>PostgreSQL did not answer, so nothing was done: the caller is told 503.</summary>
internal sealed class PostgresAwayException(Exception reason) : Exception("PostgreSQL did not answer.", reason);

/// <summary>Work that fails closed: without PostgreSQL it is not done at all.</summary>
internal static class PostgresWork
{
    /// <summary>Longest time that a caller waits for work of his in the database.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>Runs work in one transaction, which is committed when the work returns. Throws <see cref="PostgresAwayException"/> when PostgreSQL does not answer.</summary>
    public static Task<T> InTransaction<T>(this NpgsqlDataSource postgres, Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken ct) =>
        postgres.Run(async (connection, patience) =>
        {
            await using var transaction = await connection.BeginTransactionAsync(patience.Token);
            var result = await work(connection, patience.Token);
            patience.BeginCommit();
            // A commit that was sent is not cut off: whether it took place would be unknown.
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }, ct);

    /// <summary>Reads. Throws as <see cref="InTransaction"/>.</summary>
    public static Task<T> OnConnection<T>(this NpgsqlDataSource postgres, Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken ct) =>
        postgres.Run((connection, patience) => work(connection, patience.Token), ct);

    private static async Task<T> Run<T>(this NpgsqlDataSource postgres, Func<NpgsqlConnection, PostgresPatience, Task<T>> work, CancellationToken ct)
    {
        using var patience = new PostgresPatience(Patience, TimeProvider.System, ct);
        try { return await patience.Wait(Work()); }
        catch (Exception failure) when (!ct.IsCancellationRequested && IsAway(failure)) { throw new PostgresAwayException(failure); }

        async Task<T> Work()
        {
            await using var connection = await postgres.OpenConnectionAsync(patience.Token);
            return await work(connection, patience);
        }
    }

    /// <summary>Whether the database, and not what was asked of it, is the reason. 08: the connection, 53: no resources, 57: it is being stopped.</summary>
    public static bool IsAway(Exception failure) => failure switch
    {
        PostgresException { SqlState: [.. var state] } => state is ['0', '8', ..] or ['5', '3', ..] or ['5', '7', ..],
        NpgsqlException or TimeoutException or OperationCanceledException or IOException => true,
        _ => false,
    };
}

/// <summary>
/// How long somebody waits for work in the database. Whoever is told that it was not done can rely on it: from then on it does not commit. The work itself
/// may end much later, because Npgsql does not let go of a server that is silent: it asks it to cancel and waits for that, and a transaction's first statement
/// it does not cancel at all.
/// </summary>
internal sealed class PostgresPatience : IDisposable
{
    private const int Working = 0, Committing = 1, Over = 2;

    // Never disposed of, because it may be cancelled later than the work ends; it holds nothing that would have to be.
    private readonly CancellationTokenSource source = new();
    private readonly TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer timer;
    private readonly CancellationTokenRegistration caller;
    private int state;

    /// <param name="caller">Who waits; he may give up earlier.</param>
    public PostgresPatience(TimeSpan longest, TimeProvider clock, CancellationToken caller)
    {
        timer = clock.CreateTimer(static patience => ((PostgresPatience)patience!).End(), this, longest, Timeout.InfiniteTimeSpan);
        this.caller = caller.UnsafeRegister(static patience => ((PostgresPatience)patience!).End(), this);
    }

    /// <summary>For all of the work but its commit.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>The work's result. Throws <see cref="OperationCanceledException"/> when patience ends before the work begins to commit.</summary>
    public async Task<T> Wait<T>(Task<T> work)
    {
        await Task.WhenAny(work, over.Task);
        if (!work.IsCompleted && Interlocked.CompareExchange(ref state, Over, Working) == Working) throw new OperationCanceledException(Token);
        return await work;
    }

    /// <summary>To be called by the work before its commit; throws when nobody waits any more.</summary>
    public void BeginCommit()
    {
        if (Interlocked.CompareExchange(ref state, Committing, Working) != Working) throw new OperationCanceledException(Token);
    }

    public void Dispose()
    {
        timer.Dispose();
        caller.Dispose();
    }

    private void End()
    {
        over.TrySetResult();
        // Npgsql waits for the server on the thread that cancels: one of the pool would be kept from all other work.
        Task.Factory.StartNew(source.Cancel, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }
}
