using System.Text.Json;
using Npgsql;
using PaymentGuard.Platform;

namespace PaymentGuard.Notifications;

/// <summary>Where a message goes.</summary>
/// <param name="Channel"><c>email</c> or <c>sms</c>.</param>
internal sealed record Contact(string Channel, string Address)
{
    public override string ToString() => Channel;
}

/// <summary>A message to a buyer.</summary>
/// <param name="Kind">One of <see cref="NotificationKinds"/>.</param>
/// <param name="To">Null: to every confirmed address of the account, and to the platform for display on the account page.</param>
/// <param name="Facts">What the text tells, by name: <c>code</c>, <c>amount</c>, <c>payee</c>, <c>factor</c> and so on.</param>
/// <param name="ExpiresAt">Not sent after it, as a code that is no use any more; null: it stays true.</param>
internal sealed record Notification(
    string AccountId, string Kind, IReadOnlyDictionary<string, string> Facts, Contact? To = null, DateTimeOffset? ExpiresAt = null);

internal static class NotificationKinds
{
    public const string
        Code = "code", ContactConfirmation = "contact_confirmation", FactorAdded = "factor_added", FactorRemoved = "factor_removed",
        RecoveryCodesMade = "recovery_codes_made", RecoveryCodeUsed = "recovery_code_used", LockNear = "lock_near", Locked = "locked",
        Disabled = "factors_disabled", Frozen = "account_frozen", Recovered = "account_recovered";
}

/// <summary>Takes messages inside the transaction of what they tell; they are sent once it has committed.</summary>
internal sealed class NotificationOutbox(DataKeys keys, TimeProvider clock)
{
    private const string InsertSql = "INSERT INTO notifications (id, account_id, kind, created_at, expires_at, body, next_at) VALUES ($1, $2, $3, $4, $5, $6, $4)";

    public async Task Queue(NpgsqlConnection connection, Notification notification, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var body = JsonSerializer.SerializeToUtf8Bytes(new { notification.To, notification.Facts });
        await using var command = new NpgsqlCommand(InsertSql, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = id },
                new NpgsqlParameter<string> { TypedValue = notification.AccountId },
                new NpgsqlParameter<string> { TypedValue = notification.Kind },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = now },
                new NpgsqlParameter { Value = (object?)notification.ExpiresAt?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz },
                new NpgsqlParameter<byte[]> { TypedValue = keys.Encrypt(body, $"notifications.body:{id}") },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }
}
