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
        postgres.OnConnection(async (connection, token) =>
        {
            await using var transaction = await connection.BeginTransactionAsync(token);
            var result = await work(connection, token);
            // A commit that was sent is not cut off: whether it took place would be unknown.
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }, ct);

    /// <summary>Reads. Throws as <see cref="InTransaction"/>.</summary>
    public static async Task<T> OnConnection<T>(this NpgsqlDataSource postgres, Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            await using var connection = await postgres.OpenConnectionAsync(patience.Token);
            return await work(connection, patience.Token);
        }
        catch (Exception failure) when (!ct.IsCancellationRequested && IsAway(failure)) { throw new PostgresAwayException(failure); }
    }

    /// <summary>Whether the database, and not what was asked of it, is the reason. 08: the connection, 53: no resources, 57: it is being stopped.</summary>
    public static bool IsAway(Exception failure) => failure switch
    {
        PostgresException { SqlState: [.. var state] } => state is ['0', '8', ..] or ['5', '3', ..] or ['5', '7', ..],
        NpgsqlException or TimeoutException or OperationCanceledException or IOException => true,
        _ => false,
    };
}
