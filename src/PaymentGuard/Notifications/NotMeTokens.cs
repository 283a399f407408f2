using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using Npgsql;
using PaymentGuard.Platform;

namespace PaymentGuard.Notifications;

/// <summary>
/// The tokens of the "it was not me" links: a notification's id and the first 16 bytes of its HMAC-SHA256, in base64url. Nothing is stored for one. Whoever has
/// the message may stop what goes on in the account, and nothing more.
/// </summary>
internal sealed class NotMeTokens(DataKeys keys, TimeProvider clock)
{
    /// <summary>How long a link is good.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(30);

    /// <summary>Characters of a token.</summary>
    public const int Length = 43;

    private const int IdSize = 16, TagSize = 16;
    private const string FindSql = "SELECT account_id, created_at FROM notifications WHERE id = $1 AND created_at > $2";

    private readonly byte[] key = keys.Derive("not-me");

    public string Of(Guid notificationId)
    {
        Span<byte> bytes = stackalloc byte[IdSize + TagSize];
        Write(notificationId, bytes);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The notification whose link has this token; false when the token was not made here. Whether it is too old, only <see cref="Find"/> knows.</summary>
    public bool TryRead(string token, out Guid notificationId)
    {
        notificationId = default;
        Span<byte> given = stackalloc byte[IdSize + TagSize];
        if (token.Length != Length || Base64Url.DecodeFromChars(token, given, out _, out var size) != OperationStatus.Done || size != given.Length) return false;
        var id = new Guid(given[..IdSize], bigEndian: true);
        Span<byte> made = stackalloc byte[IdSize + TagSize];
        Write(id, made);
        // The last character has bits that no byte takes up: one token has one spelling.
        if (!CryptographicOperations.FixedTimeEquals(given, made) || Base64Url.EncodeToString(made) != token) return false;
        notificationId = id;
        return true;
    }

    /// <summary>The account that the notification was about, and when; null when the token was not made here or is too old.</summary>
    public async Task<(string AccountId, DateTimeOffset At)?> Find(NpgsqlConnection connection, string token, CancellationToken ct)
    {
        if (!TryRead(token, out var id)) return null;
        await using var command = new NpgsqlCommand(FindSql, connection)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = id }, new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() - Life } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1)) : null;
    }

    private void Write(Guid id, Span<byte> bytes)
    {
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        Span<byte> tag = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, bytes[..IdSize], tag);
        tag[..TagSize].CopyTo(bytes[IdSize..]);
    }
}
