using Npgsql;
using PaymentGuard.Domain.Challenges;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges;

/// <summary>One factor of an account, as it is stored.</summary>
/// <param name="Kind">One of <see cref="Methods"/> but recovery codes.</param>
/// <param name="ConfirmedAt">Null: it does not count yet.</param>
/// <param name="Secret">Seed, public key or address, encrypted for <see cref="SecretPlace"/>.</param>
/// <param name="LastStep">Of TOTP: the latest step accepted.</param>
internal sealed record Factor(
    Guid Id, string AccountId, string Kind, DateTimeOffset CreatedAt, DateTimeOffset? ConfirmedAt, DateTimeOffset? LastUsedAt, byte[] Secret,
    CodeAlgorithm Algorithm, int Digits, long? LastStep, ClockDrift Drift, long SignCount)
{
    public const string Columns =
        "id, account_id, kind, created_at, confirmed_at, last_used_at, secret, totp_algorithm, totp_digits, totp_last_step, totp_drift, totp_drift_run, sign_count";

    private const string OfAccountSql = $"SELECT {Columns} FROM factors WHERE account_id = $1 AND confirmed_at < $2 ORDER BY confirmed_at DESC";

    /// <summary>Where a factor's secret is kept.</summary>
    public static string SecretPlace(Guid id) => $"factors.secret:{id}";

    /// <summary>Whether it was one of the account's at that time.</summary>
    public bool CountsAt(DateTimeOffset time) => ConfirmedAt < time;

    /// <summary>The generator of a TOTP factor's codes.</summary>
    public OneTimeCode Codes(DataKeys keys) => new(keys.Decrypt(Secret, SecretPlace(Id)), Algorithm, Digits);

    /// <summary>A passkey factor's credential.</summary>
    public PasskeyCredential Passkey(DataKeys keys) => PasskeyCredential.Read(keys.Decrypt(Secret, SecretPlace(Id)), SignCount);

    /// <summary>The factors of an account that were confirmed before a time, the latest first.</summary>
    public static async Task<List<Factor>> Of(NpgsqlConnection connection, string accountId, DateTimeOffset confirmedBefore, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(OfAccountSql, connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = accountId }, new NpgsqlParameter<DateTimeOffset> { TypedValue = confirmedBefore } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var factors = new List<Factor>();
        while (await reader.ReadAsync(ct)) factors.Add(Read(reader));
        return factors;
    }

    /// <summary>Reads <see cref="Columns"/>, which stand first.</summary>
    public static Factor Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3),
        reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4), reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5),
        reader.GetFieldValue<byte[]>(6), reader.IsDBNull(7) ? CodeAlgorithm.Sha1 : (CodeAlgorithm)reader.GetInt16(7), reader.IsDBNull(8) ? 6 : reader.GetInt16(8),
        reader.IsDBNull(9) ? null : reader.GetInt64(9), new ClockDrift(reader.GetInt16(10), reader.GetInt16(11)), reader.GetInt64(12));
}
