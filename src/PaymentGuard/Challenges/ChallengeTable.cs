using Npgsql;
using NpgsqlTypes;

namespace PaymentGuard.Challenges;

/// <summary>The SQL on single challenges. Whoever changes one has locked its account (see <c>AccountTable</c>).</summary>
internal static class ChallengeTable
{
    private const string InsertSql = """
        INSERT INTO challenges (id, account_id, assessment_id, action, parameters, created_at, expires_at, factors_before)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    private const string RedeemSql =
        "UPDATE challenges SET state = 'redeemed', redeemed_at = $2, redeem_key = $3 WHERE id = $1 AND state = 'answered' AND proof_id = $4";

    private const string KillSql = "UPDATE challenges SET state = 'dead' WHERE id = $1";

    private const string OfferPasskeySql = "UPDATE challenges SET passkey_nonce = $2, passkey_expires_at = $3 WHERE id = $1";

    private const string SendCodeSql = "UPDATE challenges SET sent_code_hash = $2, sent_code_expires_at = $3, sent_code_method = $4 WHERE id = $1";

    public static async Task<Challenge?> Find(NpgsqlConnection connection, Guid id, CancellationToken ct) =>
        await Read(connection, $"{Challenge.SelectSql} WHERE c.id = $1", new NpgsqlParameter<Guid> { TypedValue = id }, ct);

    /// <summary>The latest challenge of an assessment; null: it has none.</summary>
    public static async Task<Challenge?> OfAssessment(NpgsqlConnection connection, Guid assessmentId, CancellationToken ct) => await Read(
        connection, $"{Challenge.SelectSql} WHERE c.assessment_id = $1 ORDER BY c.created_at DESC, c.id DESC LIMIT 1",
        new NpgsqlParameter<Guid> { TypedValue = assessmentId }, ct);

    /// <summary>Whose it is, which never changes; null: there is no such challenge.</summary>
    public static async Task<string?> AccountOf(NpgsqlConnection connection, Guid id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT account_id FROM challenges WHERE id = $1", connection)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = id } },
        };
        return await command.ExecuteScalarAsync(ct) as string;
    }

    public static Task Insert(NpgsqlConnection connection, Challenge challenge, CancellationToken ct)
    {
        var act = challenge.Act as Act.OfAccount;
        return Execute(
            connection, InsertSql,
            [
                new NpgsqlParameter<Guid> { TypedValue = challenge.Id },
                new NpgsqlParameter<string> { TypedValue = challenge.AccountId },
                new NpgsqlParameter { Value = (object?)challenge.AssessmentId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new NpgsqlParameter { Value = (object?)act?.Action ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new NpgsqlParameter { Value = (object?)act?.ParametersJson ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = challenge.CreatedAt },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = challenge.ExpiresAt },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = challenge.FactorsBefore },
            ],
            ct);
    }

    /// <summary>Uses up an answered challenge's proof; throws when it was used.</summary>
    public static async Task Redeem(NpgsqlConnection connection, Challenge answered, DateTimeOffset now, string requestKey, CancellationToken ct)
    {
        var used = await Execute(
            connection, RedeemSql,
            [
                new NpgsqlParameter<Guid> { TypedValue = answered.Id }, new NpgsqlParameter<DateTimeOffset> { TypedValue = now },
                new NpgsqlParameter<string> { TypedValue = requestKey }, new NpgsqlParameter<Guid> { TypedValue = answered.ProofId!.Value },
            ],
            ct);
        if (used != 1) throw new InvalidOperationException("A proof was redeemed while its account was locked.");
    }

    public static Task Kill(NpgsqlConnection connection, Guid id, CancellationToken ct) =>
        Execute(connection, KillSql, [new NpgsqlParameter<Guid> { TypedValue = id }], ct);

    /// <summary>Fresh options for a passkey replace those given before.</summary>
    public static Task OfferPasskey(NpgsqlConnection connection, Guid id, byte[] nonce, DateTimeOffset expiresAt, CancellationToken ct) => Execute(
        connection, OfferPasskeySql,
        [
            new NpgsqlParameter<Guid> { TypedValue = id }, new NpgsqlParameter<byte[]> { TypedValue = nonce },
            new NpgsqlParameter<DateTimeOffset> { TypedValue = expiresAt },
        ],
        ct);

    /// <summary>A new code replaces the one sent before.</summary>
    public static Task StoreSentCode(NpgsqlConnection connection, Guid id, byte[] hash, DateTimeOffset expiresAt, string method, CancellationToken ct) => Execute(
        connection, SendCodeSql,
        [
            new NpgsqlParameter<Guid> { TypedValue = id }, new NpgsqlParameter<byte[]> { TypedValue = hash },
            new NpgsqlParameter<DateTimeOffset> { TypedValue = expiresAt }, new NpgsqlParameter<string> { TypedValue = method },
        ],
        ct);

    private static async Task<Challenge?> Read(NpgsqlConnection connection, string sql, NpgsqlParameter parameter, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { parameter } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Challenge.Read(reader) : null;
    }

    private static async Task<int> Execute(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }
}
