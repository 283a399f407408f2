using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Accounts;
using PaymentGuard.Domain.Challenges;

namespace PaymentGuard.Challenges;

/// <summary>What answers are judged by and what becomes of it, in PostgreSQL.</summary>
internal static class AnswerTable
{
    // Accounts are locked in the order of their ids, before anything of theirs is read.
    private const string AccountsSql =
        $"SELECT {AccountTable.Columns} FROM accounts WHERE id IN (SELECT account_id FROM challenges WHERE id = ANY ($1)) ORDER BY id FOR UPDATE";

    private const string ChallengesSql = $"{Challenge.SelectSql} WHERE c.id = ANY ($1)";

    private const string FactorsSql =
        $"SELECT {Factor.Columns} FROM factors WHERE account_id IN (SELECT account_id FROM challenges WHERE id = ANY ($1)) AND confirmed_at IS NOT NULL";

    private const string RecoveryCodesSql = "SELECT hash, account_id, created_at FROM recovery_codes WHERE hash = ANY ($1) AND used_at IS NULL";

    // Each condition holds already, because the account is locked; it stands there all the same, so that no mistake elsewhere lets a thing be used twice.
    private const string AnsweredSql = """
        UPDATE challenges c SET state = 'answered', method = n.method, sca = n.sca, factor_id = n.factor_id, answered_at = $5, proof_id = n.proof_id,
               proof_expires_at = $7, sent_code_hash = NULL, passkey_nonce = NULL
        FROM unnest($1, $2, $3, $4, $6) AS n (id, method, sca, factor_id, proof_id)
        WHERE c.id = n.id AND c.state = 'open'
        """;

    private const string FactorsUsedSql = """
        UPDATE factors f SET totp_last_step = n.step, totp_drift = n.drift, totp_drift_run = n.run, sign_count = n.sign_count, last_used_at = $6
        FROM unnest($1, $2, $3, $4, $5) AS n (id, step, drift, run, sign_count)
        WHERE f.id = n.id AND (n.step IS NULL OR f.totp_last_step IS NULL OR f.totp_last_step < n.step)
        """;

    private const string RecoveryCodesUsedSql = "UPDATE recovery_codes SET used_at = $2 WHERE hash = ANY ($1) AND used_at IS NULL";

    /// <summary>Locks the accounts that the challenges belong to and reads all that counts for them, in one round trip.</summary>
    public static async Task<AnswerFacts> Load(NpgsqlConnection connection, Guid[] challengeIds, byte[][] recoveryHashes, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var sql in new[] { AccountsSql, ChallengesSql, FactorsSql })
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { new NpgsqlParameter<Guid[]> { TypedValue = challengeIds } } });
        if (recoveryHashes.Length > 0)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(RecoveryCodesSql) { Parameters = { new NpgsqlParameter<byte[][]> { TypedValue = recoveryHashes } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var accounts = (await ReadAll(reader, AccountTable.Read, ct)).ToDictionary(account => account.Id, StringComparer.Ordinal);
        var challenges = (await ReadAll(reader, Challenge.Read, ct)).ToDictionary(challenge => challenge.Id);
        var factors = await ReadAll(reader, Factor.Read, ct);
        var codes = recoveryHashes.Length == 0 ? [] : await ReadAll(reader, ReadRecoveryCode, ct);
        return new AnswerFacts(accounts, challenges, factors, codes.ToDictionary(code => code.Hash, code => code.Fact, StringComparer.Ordinal));
    }

    /// <summary>Writes what was accepted. Throws when anything of it turns out to be used already: then nothing is accepted.</summary>
    /// <param name="answered">The challenges in their new state.</param>
    public static async Task Store(NpgsqlConnection connection, IReadOnlyList<Challenge> answered, IReadOnlyList<JudgedAnswer> accepted, DateTimeOffset now, CancellationToken ct)
    {
        if (answered.Count == 0) return;
        var factors = accepted.Select(answer => answer.Factor).OfType<Factor>().GroupBy(factor => factor.Id).Select(uses => uses.Last()).ToList();
        var codes = accepted.Select(answer => answer.RecoveryHash).OfType<byte[]>().ToArray();
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Answered(answered, now) } };
        if (factors.Count > 0) batch.BatchCommands.Add(Used(factors, now));
        if (codes.Length > 0)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(RecoveryCodesUsedSql)
            {
                Parameters = { new NpgsqlParameter<byte[][]> { TypedValue = codes }, new NpgsqlParameter<DateTimeOffset> { TypedValue = now } },
            });
        var expected = answered.Count + factors.Count + codes.Length;
        if (await batch.ExecuteNonQueryAsync(ct) != expected) throw new InvalidOperationException("An accepted answer used what was used before.");
    }

    private static NpgsqlBatchCommand Answered(IReadOnlyList<Challenge> answered, DateTimeOffset now) => new(AnsweredSql)
    {
        Parameters =
        {
            Column(NpgsqlDbType.Uuid, answered.Select(challenge => challenge.Id)),
            Column(NpgsqlDbType.Text, answered.Select(challenge => challenge.Method)),
            Column(NpgsqlDbType.Boolean, answered.Select(challenge => challenge.Sca)),
            Column(NpgsqlDbType.Uuid, answered.Select(challenge => challenge.FactorId)),
            new NpgsqlParameter<DateTimeOffset> { TypedValue = now },
            Column(NpgsqlDbType.Uuid, answered.Select(challenge => challenge.ProofId)),
            new NpgsqlParameter<DateTimeOffset> { TypedValue = now + Proofs.Life },
        },
    };

    private static NpgsqlBatchCommand Used(List<Factor> factors, DateTimeOffset now) => new(FactorsUsedSql)
    {
        Parameters =
        {
            Column(NpgsqlDbType.Uuid, factors.Select(factor => factor.Id)),
            Column(NpgsqlDbType.Bigint, factors.Select(factor => factor.LastStep)),
            Column(NpgsqlDbType.Smallint, factors.Select(factor => factor.Drift.Steps)),
            Column(NpgsqlDbType.Smallint, factors.Select(factor => factor.Drift.Run)),
            Column(NpgsqlDbType.Bigint, factors.Select(factor => factor.SignCount)),
            new NpgsqlParameter<DateTimeOffset> { TypedValue = now },
        },
    };

    private static async Task<List<T>> ReadAll<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(ct)) rows.Add(read(reader));
        await reader.NextResultAsync(ct);
        return rows;
    }

    private static (string Hash, RecoveryCodeFact Fact) ReadRecoveryCode(NpgsqlDataReader reader) =>
        (Convert.ToHexString(reader.GetFieldValue<byte[]>(0)), new RecoveryCodeFact(reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2)));

    private static NpgsqlParameter Column<T>(NpgsqlDbType type, IEnumerable<T> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };
}
