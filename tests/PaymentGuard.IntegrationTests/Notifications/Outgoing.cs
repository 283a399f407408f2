using System.Text;
using System.Text.Json;
using Npgsql;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.IntegrationTests.Notifications;

/// <summary>A message's row.</summary>
internal sealed record OutgoingRow(string Channel, bool HasBody, int Attempts, bool IsDue, bool IsSent)
{
    public bool IsGivenUp => !HasBody && !IsSent;
}

/// <summary>Queues notifications as the service does, and looks at what becomes of them.</summary>
internal sealed class Outgoing(Installation installation) : IAsyncDisposable
{
    private readonly NpgsqlDataSource postgres = installation.OpenPostgres();
    private readonly DataKeys keys = DataKeys.Load(installation.Settings["PAYMENTGUARD_KEYS"]);

    public NpgsqlDataSource Postgres => postgres;

    public NotMeTokens Tokens => new(keys, TimeProvider.System);

    public static Notification Code(string accountId, string code, Contact to, TimeSpan? life = null) => new(
        accountId, NotificationKinds.Code,
        new Dictionary<string, string> { ["code"] = code, ["amountMinor"] = "125000", ["currency"] = "CNY", ["payee"] = "m_5" },
        to, TimeProvider.System.GetUtcNow() + (life ?? TimeSpan.FromMinutes(5)));

    /// <summary>What goes to every address of the account.</summary>
    public static Notification News(string accountId) => new(accountId, NotificationKinds.Locked, new Dictionary<string, string>());

    public async Task Queue(params Notification[] notifications)
    {
        var outbox = new NotificationOutbox(keys, TimeProvider.System);
        await using var connection = await postgres.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        foreach (var notification in notifications) await outbox.Queue(connection, notification, CancellationToken.None);
        await transaction.CommitAsync();
    }

    public async Task AddContact(string accountId, string kind, string address, bool isConfirmed = true)
    {
        var id = Guid.NewGuid();
        await using var command = postgres.CreateCommand("INSERT INTO factors (id, account_id, kind, created_at, confirmed_at, secret) VALUES ($1, $2, $3, now(), $4, $5)");
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = accountId });
        command.Parameters.Add(new() { Value = kind });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset?> { TypedValue = isConfirmed ? TimeProvider.System.GetUtcNow() : null });
        command.Parameters.Add(new() { Value = keys.Encrypt(Encoding.UTF8.GetBytes(address), $"factors.secret:{id}") });
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The messages of an account, in the order of their channels.</summary>
    public async Task<IReadOnlyList<OutgoingRow>> Rows(string accountId)
    {
        await using var command = postgres.CreateCommand("""
            SELECT channel, body IS NOT NULL, attempts, next_at IS NOT NULL AND next_at <= now(), m.sent_at IS NOT NULL
            FROM notification_messages m JOIN notifications n ON n.id = m.notification_id WHERE n.account_id = $1 ORDER BY channel, m.id
            """);
        command.Parameters.Add(new() { Value = accountId });
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<OutgoingRow>();
        while (await reader.ReadAsync()) rows.Add(new(reader.GetString(0), reader.GetBoolean(1), reader.GetInt32(2), reader.GetBoolean(3), reader.GetBoolean(4)));
        return rows;
    }

    public async Task AllSent(string accountId) =>
        await Eventually.Holds($"all messages of {accountId} are marked", async () => (await Rows(accountId)).All(row => row.IsSent && !row.HasBody), TimeSpan.FromSeconds(60));

    public async Task Execute(string sql)
    {
        await using var command = postgres.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>What the file sender wrote.</summary>
    public static async Task<IReadOnlyList<JsonElement>> InFile(Installation installation) =>
        [.. (await installation.ReadMessages()).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];

    public ValueTask DisposeAsync() => postgres.DisposeAsync();
}
