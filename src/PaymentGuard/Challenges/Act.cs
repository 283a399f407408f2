using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Challenges;

/// <summary>
/// What a challenge is bound to: its answer is good for this and nothing else (dynamic linking, RTS 2018/389 art. 5). The hash is SHA-256 over the act's JSON
/// with sorted names and no white space.
/// </summary>
internal abstract record Act
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private Act() { }

    /// <summary>The hash for an account's act; also the proof's claim <c>txh</c>, in base64url.</summary>
    public byte[] Hash(string accountId)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Plain)) Write(json, accountId);
        return SHA256.HashData(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    protected abstract void Write(Utf8JsonWriter json, string accountId);

    /// <param name="Payee">The merchant's id; null when checkout did not tell it.</param>
    internal sealed record Payment(string PaymentId, Money Amount, string? Payee) : Act
    {
        protected override void Write(Utf8JsonWriter json, string accountId)
        {
            json.WriteStartObject();
            json.WriteString("accountId"u8, accountId);
            json.WriteNumber("amountMinor"u8, Amount.Minor);
            json.WriteString("currency"u8, Amount.Currency);
            json.WriteString("payee"u8, Payee);
            json.WriteString("paymentId"u8, PaymentId);
            json.WriteEndObject();
        }
    }

    /// <param name="Action">One of <see cref="AccountActions"/>.</param>
    /// <param name="Parameters">Names and values, sorted by name.</param>
    internal sealed record OfAccount(string Action, IReadOnlyDictionary<string, string> Parameters) : Act
    {
        /// <summary>The parameters as they are stored.</summary>
        public string ParametersJson => JsonSerializer.Serialize(new SortedDictionary<string, string>(Parameters.ToDictionary(), StringComparer.Ordinal));

        public static OfAccount Stored(string action, string parameters) =>
            new(action, JsonSerializer.Deserialize<Dictionary<string, string>>(parameters)!);

        public bool Equals(OfAccount? other) => other is not null && Action == other.Action && ParametersJson == other.ParametersJson;

        public override int GetHashCode() => HashCode.Combine(Action, ParametersJson);

        protected override void Write(Utf8JsonWriter json, string accountId)
        {
            json.WriteStartObject();
            json.WriteString("accountId"u8, accountId);
            json.WriteString("action"u8, Action);
            json.WriteStartObject("parameters"u8);
            foreach (var (name, value) in Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal)) json.WriteString(name, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }
}

/// <summary>The acts besides payments that a second factor is demanded for.</summary>
internal static class AccountActions
{
    public const string
        AddFactor = "add_factor", RemoveFactor = "remove_factor", NewRecoveryCodes = "new_recovery_codes", RecoverAccount = "recover_account",
        ChangeTrustedPayees = "change_trusted_payees", ChangePayoutDestination = "change_payout_destination";

    public static readonly IReadOnlyList<string> All =
        [AddFactor, RemoveFactor, NewRecoveryCodes, RecoverAccount, ChangeTrustedPayees, ChangePayoutDestination];
}
