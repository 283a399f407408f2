using Npgsql;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Challenges;

/// <summary>What a challenge is answered with, as answers, proofs and messages name it.</summary>
internal static class Methods
{
    public const string Passkey = "passkey", Totp = "totp", Email = "email", Sms = "sms", RecoveryCode = "recovery_code";
}

/// <summary>
/// What an account can answer with. An account without any factor of its own is sent a code to the address that checkout tells with the payment: that is
/// all there is to know of its owner. Once it has a factor, such an address counts no more, because whoever takes over an account changes it first.
/// </summary>
internal static class AccountMethods
{
    private const string Sql = """
        SELECT kind FROM factors WHERE account_id = $1 AND confirmed_at < $2
        UNION SELECT 'recovery_code' WHERE EXISTS (SELECT FROM recovery_codes WHERE account_id = $1 AND created_at < $2 AND used_at IS NULL)
        """;

    private static readonly string[] Order = [Methods.Passkey, Methods.Totp, Methods.Email, Methods.Sms, Methods.RecoveryCode];

    /// <summary>The strongest first.</summary>
    /// <param name="told">The account as checkout told it with a payment; null for acts, which need a factor of the account's own.</param>
    /// <param name="before">Only what was confirmed before it counts.</param>
    public static async Task<IReadOnlyList<string>> Of(
        NpgsqlConnection connection, string accountId, AccountFacts? told, DateTimeOffset before, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = accountId }, new NpgsqlParameter<DateTimeOffset> { TypedValue = before } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        var methods = new List<string>();
        while (await reader.ReadAsync(ct).ConfigureAwait(false)) methods.Add(reader.GetString(0));
        if (!methods.Exists(method => method != Methods.RecoveryCode)) methods.AddRange(Told(told));
        return [.. methods.OrderBy(method => Array.IndexOf(Order, method))];
    }

    private static IEnumerable<string> Told(AccountFacts? account)
    {
        if (account?.Email is not null) yield return Methods.Email;
        if (account?.Phone is not null) yield return Methods.Sms;
    }
}
