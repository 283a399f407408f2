using System.Text;
using System.Text.Json;
using Npgsql;
using PaymentGuard.Challenges;
using PaymentGuard.Platform;

namespace PaymentGuard.Notifications;

/// <summary>What a message's row holds encrypted.</summary>
/// <param name="Address">Null on <see cref="Channels.Account"/>.</param>
internal sealed record MessageBody(string? Address, IReadOnlyDictionary<string, string> Facts)
{
    /// <summary>Where it is kept.</summary>
    public static string Place(Guid messageId) => $"notification_messages.body:{messageId}";

    public override string ToString() => "MessageBody(hidden)";
}

/// <summary>
/// Takes notifications inside the transaction of what they tell; they are sent once it has committed. Whoever queues one calls
/// <see cref="NotificationsQueued.Signal"/> after the commit, else it waits up to a second.
/// </summary>
internal sealed class NotificationOutbox(DataKeys keys, TimeProvider clock)
{
    /// <summary>How long sending is tried.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(1);

    private const string InsertSql = "INSERT INTO notifications (id, account_id, kind, created_at) VALUES ($1, $2, $3, $4)";
    private const string InsertMessageSql =
        "INSERT INTO notification_messages (id, notification_id, channel, body, expires_at, next_at) VALUES ($1, $2, $3, $4, $5, $6)";

    private const string ContactsSql =
        "SELECT id, kind, secret FROM factors WHERE account_id = $1 AND kind IN ('email', 'sms') AND confirmed_at IS NOT NULL ORDER BY id";

    /// <summary>
    /// Its addresses are those of this moment: whoever takes an account over cannot keep its owner from being told by removing them afterwards.
    /// </summary>
    public async Task Queue(NpgsqlConnection connection, Notification notification, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var contacts = notification.To is { } to ? [to] : await Contacts(connection, notification.AccountId, ct);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Insert(id, notification, now) } };
        foreach (var contact in contacts) batch.BatchCommands.Add(InsertMessage(id, contact.Channel, contact.Address, notification, now));
        if (notification.To is null) batch.BatchCommands.Add(InsertMessage(id, Channels.Account, null, notification, now));
        await batch.ExecuteNonQueryAsync(ct);
    }

    private async Task<List<Contact>> Contacts(NpgsqlConnection connection, string accountId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ContactsSql, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = accountId } } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var contacts = new List<Contact>();
        while (await reader.ReadAsync(ct))
        {
            var address = keys.Decrypt(reader.GetFieldValue<byte[]>(2), Factor.SecretPlace(reader.GetGuid(0)));
            contacts.Add(new Contact(reader.GetString(1), Encoding.UTF8.GetString(address)));
        }
        return [.. contacts.Distinct()];
    }

    private static NpgsqlBatchCommand Insert(Guid id, Notification notification, DateTimeOffset now) => new(InsertSql)
    {
        Parameters =
        {
            new NpgsqlParameter<Guid> { TypedValue = id },
            new NpgsqlParameter<string> { TypedValue = notification.AccountId },
            new NpgsqlParameter<string> { TypedValue = notification.Kind },
            new NpgsqlParameter<DateTimeOffset> { TypedValue = now },
        },
    };

    private NpgsqlBatchCommand InsertMessage(Guid notificationId, string channel, string? address, Notification notification, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        var body = JsonSerializer.SerializeToUtf8Bytes(new MessageBody(address, notification.Facts));
        return new NpgsqlBatchCommand(InsertMessageSql)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = id },
                new NpgsqlParameter<Guid> { TypedValue = notificationId },
                new NpgsqlParameter<string> { TypedValue = channel },
                new NpgsqlParameter<byte[]> { TypedValue = keys.Encrypt(body, MessageBody.Place(id)) },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = notification.ExpiresAt?.ToUniversalTime() ?? now + Life },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = now },
            },
        };
    }
}
