using Npgsql;

namespace PaymentGuard.Notifications;

/// <summary>A message that this process, and no other, is about to send.</summary>
/// <param name="Attempts">This one included.</param>
internal sealed record ClaimedMessage(
    Guid Id, Guid NotificationId, string AccountId, string Kind, string Channel, byte[] Body, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

/// <summary>The SQL on the messages that are to be sent.</summary>
internal static class MessageTable
{
    /// <summary>How long a claimed message is left to its process. Must be longer than a send takes.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private const int GiveUpMax = 1_000;

    // A plan that was made and kept while a table was empty reads all of it for ever after. And a claim that is lost with the server costs a repeat, as after
    // any crash, so it does not wait for the disk; a mark does. The settings end with the batch, which is one transaction.
    private const string SettingsSql = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('synchronous_commit', 'off', true)";

    private const string GiveUpSql = """
        UPDATE notification_messages SET body = NULL, next_at = NULL
        WHERE id IN (SELECT id FROM notification_messages WHERE next_at IS NOT NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        """;

    // What ends first goes first: codes do not wait behind what has piled up while a receiver was away.
    private const string ClaimSql = """
        WITH due AS MATERIALIZED (
            SELECT message.id FROM unnest($1::text[], $2::integer[]) AS free (channel, places)
            CROSS JOIN LATERAL (
                SELECT id FROM notification_messages
                WHERE channel = free.channel AND next_at <= $3 AND expires_at > $3
                ORDER BY expires_at LIMIT free.places FOR UPDATE SKIP LOCKED) AS message)
        UPDATE notification_messages AS message SET next_at = $4, attempts = attempts + 1
        FROM due, notifications AS told
        WHERE message.id = due.id AND told.id = message.notification_id
        RETURNING message.id, told.id, told.account_id, told.kind, message.channel, message.body, message.attempts, told.created_at, message.expires_at
        """;

    private const string SentSql = """
        WITH message AS (UPDATE notification_messages SET body = NULL, next_at = NULL, sent_at = $2 WHERE id = $1 RETURNING notification_id)
        UPDATE notifications SET sent_at = $2 FROM message WHERE id = message.notification_id AND sent_at IS NULL
        """;

    private const string RetrySql = "UPDATE notification_messages SET next_at = $2 WHERE id = $1 AND next_at IS NOT NULL";

    /// <summary>Gives up what has expired, and takes what is due, at most so many of each channel.</summary>
    /// <returns>What was taken, and how many were given up.</returns>
    public static async Task<(List<ClaimedMessage> Claimed, int GivenUp)> Claim(
        NpgsqlDataSource postgres, string[] channels, int[] places, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await postgres.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(SettingsSql),
                new NpgsqlBatchCommand(GiveUpSql) { Parameters = { Time(now), new NpgsqlParameter<int> { TypedValue = GiveUpMax } } },
                new NpgsqlBatchCommand(ClaimSql)
                {
                    Parameters = { new NpgsqlParameter<string[]> { TypedValue = channels }, new NpgsqlParameter<int[]> { TypedValue = places }, Time(now), Time(now + Lease) },
                },
            },
        };
        var claimed = new List<ClaimedMessage>();
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            await reader.NextResultAsync(ct);
            while (await reader.ReadAsync(ct)) claimed.Add(Read(reader));
        }
        return (claimed, (int)batch.BatchCommands[1].RecordsAffected);
    }

    /// <summary>The receiver has it: what it said is deleted.</summary>
    public static async Task StoreSent(NpgsqlDataSource postgres, Guid id, DateTimeOffset at, CancellationToken ct)
    {
        await using var command = postgres.CreateCommand(SentSql);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        command.Parameters.Add(Time(at));
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task StoreRetry(NpgsqlDataSource postgres, Guid id, DateTimeOffset nextAt, CancellationToken ct)
    {
        await using var command = postgres.CreateCommand(RetrySql);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        command.Parameters.Add(Time(nextAt));
        await command.ExecuteNonQueryAsync(ct);
    }

    private static ClaimedMessage Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetFieldValue<byte[]>(5), reader.GetInt32(6),
        reader.GetFieldValue<DateTimeOffset>(7), reader.GetFieldValue<DateTimeOffset>(8));

    private static NpgsqlParameter<DateTimeOffset> Time(DateTimeOffset time) => new() { TypedValue = time };
}
