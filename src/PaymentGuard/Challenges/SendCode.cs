using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using PaymentGuard.Accounts;
using PaymentGuard.Assessments;
using PaymentGuard.Audit;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges;

/// <summary>What came of asking to send a code.</summary>
internal abstract record SendOutcome
{
    private SendOutcome() { }

    internal sealed record Sent(string Method, DateTimeOffset ExpiresAt) : SendOutcome;

    /// <summary>The challenge is not open, or the account is locked or frozen, or has no such address. The caller is not told which.</summary>
    internal sealed record Refused : SendOutcome;

    internal sealed record TooMany : SendOutcome;
}

/// <summary>Sends a one-time code to an address of the account; its text names what it is for. A new code replaces the one before and forgives nothing.</summary>
internal sealed class SendCode(DataKeys keys, CodeHashes hashes, NotificationOutbox notifications, AuditLog audit, TimeProvider clock)
{
    /// <summary>How long a sent code is good (NIST SP 800-63B-4 3.1.3.2 allows 10 minutes).</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    private const int DigitCount = 6;


    /// <summary>Inside the caller's transaction.</summary>
    public async Task<SendOutcome> Handle(NpgsqlConnection connection, Guid challengeId, string method, string actor, CancellationToken ct)
    {
        if (await ChallengeTable.AccountOf(connection, challengeId, ct) is not { } accountId) return new SendOutcome.Refused();
        var account = await AccountTable.Lock(connection, accountId, ct);
        var challenge = await ChallengeTable.Find(connection, challengeId, ct) ?? throw new InvalidOperationException("A challenge is never deleted.");
        var now = clock.GetUtcNow();
        if (!challenge.MayBeAnswered(account, now)) return new SendOutcome.Refused();
        if (await AddressOf(connection, challenge, method, ct) is not { } address) return new SendOutcome.Refused();
        if (CodeLimits.IsReached(account.CodesSentAt, now)) return new SendOutcome.TooMany();
        var code = NewCode();
        await ChallengeTable.StoreSentCode(connection, challengeId, hashes.OfSentCode(challengeId, code), now + Life, method, ct);
        await AccountTable.StoreCodesSent(connection, accountId, CodeLimits.With(account.CodesSentAt, now), ct);
        await notifications.Queue(connection, new Notification(accountId, NotificationKinds.Code, Facts(challenge.Act, code), new Contact(method, address), now + Life), ct);
        await audit.Append(connection, [new AuditEntry(actor, "challenge.code_sent", accountId, ChallengeJson.PublicId(challengeId), $$"""{"method":"{{method}}"}""")], ct);
        return new SendOutcome.Sent(method, now + Life);
    }

    /// <summary>Six random digits.</summary>
    public static string NewCode() => RandomNumberGenerator.GetString("0123456789", DigitCount);

    /// <summary>The factor's address; where the account has no factor at all, the one that came with the payment.</summary>
    private async Task<string?> AddressOf(NpgsqlConnection connection, Challenge challenge, string method, CancellationToken ct)
    {
        var factors = await Factor.Of(connection, challenge.AccountId, challenge.FactorsBefore, ct);
        if (factors.Find(factor => factor.Kind == method) is { } contact) return Encoding.UTF8.GetString(keys.Decrypt(contact.Secret, Factor.SecretPlace(contact.Id)));
        if (factors.Count > 0 || challenge.AssessmentId is not { } assessmentId) return null;
        var account = await ToldAccount.Of(connection, keys, assessmentId, ct);
        return method == Methods.Email ? account.Email : account.Phone;
    }

    private static Dictionary<string, string> Facts(Act act, string code) => act switch
    {
        Act.Payment payment => new()
        {
            ["code"] = code,
            ["amountMinor"] = payment.Amount.Minor.ToString(CultureInfo.InvariantCulture),
            ["currency"] = payment.Amount.Currency,
            ["payee"] = payment.Payee ?? "",
        },
        Act.OfAccount other => new() { ["code"] = code, ["action"] = other.Action },
        _ => throw new InvalidOperationException($"No message tells of {act.GetType().Name}."),
    };
}

/// <summary>How many codes an account is sent: 3 in 5 minutes, 15 in an hour. Each costs money and is a chance to be tricked out of it.</summary>
internal static class CodeLimits
{
    private const int ShortMax = 3, LongMax = 15;
    private static readonly TimeSpan Short = TimeSpan.FromMinutes(5), Long = TimeSpan.FromHours(1);

    public static bool IsReached(IReadOnlyList<DateTimeOffset> sentAt, DateTimeOffset now) =>
        sentAt.Count(time => time > now - Short) >= ShortMax || sentAt.Count(time => time > now - Long) >= LongMax;

    /// <summary>The times to keep once another one is sent.</summary>
    public static DateTimeOffset[] With(IReadOnlyList<DateTimeOffset> sentAt, DateTimeOffset now) => [.. sentAt.TakeLast(LongMax - 1), now];
}
