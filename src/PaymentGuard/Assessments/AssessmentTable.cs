using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Sca;

namespace PaymentGuard.Assessments;

/// <summary>The SQL on the table <c>assessments</c>.</summary>
internal sealed class AssessmentTable(NpgsqlDataSource postgres)
{
    private const string Columns =
        "id, payment_id, content_hash, account_id, merchant_id, amount_minor, currency, occurred_at, decided_at, decision, score, rule_set, origin, request, signals, answer, velocity_applied, " +
        "challenge_id, challenge_expires_at, freeze_rule, instrument, value_minor, sca_series, sca";

    private const string LowValueColumns = "low_value_counter, low_value_max";

    // Whether the account is frozen is asked in the statement that records, so that no payment slips past a freeze. What was given already is recorded as it was given.
    private const string InsertSql =
        $"""
        INSERT INTO assessments ({Columns}, {LowValueColumns})
        SELECT {Columns}, {LowValueColumns}
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27) AS n ({Columns}, {LowValueColumns}, given)
        WHERE given OR decision = 'decline' OR NOT EXISTS (SELECT FROM accounts a WHERE a.id = n.account_id AND a.frozen_at IS NOT NULL)
        ON CONFLICT (payment_id) DO NOTHING
        """;

    // Payments of low value of one account are recorded one after the other; the accounts in one order, so that nobody waits in a circle. The insert is
    // another statement, so that it sees what those committed who held the locks before.
    private const string LockCountersSql =
        "SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT hashtextextended(id, 0) AS key FROM unnest($1) AS id ORDER BY key) AS keys";

    private const int BlockedSecondsMax = 1;

    /// <summary>
    /// Inserts all rows in one commit, but those whose payment has one already, and, of those not given yet, those of frozen accounts that are no declines
    /// and those of low value whose counter has no room any more.
    /// </summary>
    /// <param name="batch">Sorted by payment id, so that two processes with the same payments wait for one another and never in a circle.</param>
    /// <returns>How many were inserted.</returns>
    public async Task<int> Insert(AssessmentColumns batch, CancellationToken ct)
    {
        await using var connection = await postgres.OpenConnectionAsync(ct).ConfigureAwait(false);
        await using var command = InsertCommand(batch, connection);
        return await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
    }

    /// <summary>As the other one, on the caller's thread. Gives up after <see cref="BlockedSecondsMax"/>.</summary>
    public int Insert(AssessmentColumns batch)
    {
        using var connection = postgres.OpenConnection();
        using var command = InsertCommand(batch, connection);
        command.Timeout = BlockedSecondsMax;
        return command.ExecuteNonQuery();
    }

    /// <summary>The stored assessments of these payments, those that exist.</summary>
    public async Task<Dictionary<string, AssessmentRow>> OfPayments(IReadOnlyList<string> paymentIds, CancellationToken ct)
    {
        await using var connection = await postgres.OpenConnectionAsync(ct).ConfigureAwait(false);
        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM assessments WHERE payment_id = ANY($1)", connection)
        {
            Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. paymentIds] } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        var rows = new Dictionary<string, AssessmentRow>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct).ConfigureAwait(false)) rows.Add(reader.GetString(1), Read(reader));
        return rows;
    }

    /// <summary>The assessment of this id, or null.</summary>
    public async Task<AssessmentRow?> Find(Guid id, CancellationToken ct)
    {
        await using var connection = await postgres.OpenConnectionAsync(ct).ConfigureAwait(false);
        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM assessments WHERE id = $1", connection)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = id } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        return await reader.ReadAsync(ct).ConfigureAwait(false) ? Read(reader) : null;
    }

    private static NpgsqlBatch InsertCommand(AssessmentColumns columns, NpgsqlConnection connection)
    {
        var batch = new NpgsqlBatch(connection);
        if (columns.LowValueAccounts is { Count: > 0 } accounts)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(LockCountersSql) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. accounts] } } });
        var insert = new NpgsqlBatchCommand(InsertSql);
        columns.AddTo(insert.Parameters);
        batch.BatchCommands.Add(insert);
        return batch;
    }

    private static AssessmentRow Read(NpgsqlDataReader reader) => new(
        Id: reader.GetGuid(0),
        PaymentId: reader.GetString(1),
        ContentHash: reader.GetFieldValue<byte[]>(2),
        AccountId: reader.GetString(3),
        MerchantId: reader.IsDBNull(4) ? null : reader.GetString(4),
        AmountMinor: reader.GetInt64(5),
        Currency: reader.GetString(6),
        OccurredAt: reader.GetFieldValue<DateTimeOffset>(7),
        DecidedAt: reader.GetFieldValue<DateTimeOffset>(8),
        Decision: Enum.Parse<Decision>(reader.GetString(9), ignoreCase: true),
        Score: reader.GetInt32(10),
        RuleSet: reader.GetString(11),
        Origin: Enum.Parse<AssessmentSource>(reader.GetString(12), ignoreCase: true),
        Request: reader.GetFieldValue<byte[]>(13),
        Signals: reader.GetFieldValue<byte[]>(14),
        Answer: reader.GetFieldValue<byte[]>(15),
        VelocityApplied: reader.GetBoolean(16),
        ChallengeId: reader.IsDBNull(17) ? null : reader.GetGuid(17),
        ChallengeExpiresAt: reader.IsDBNull(18) ? null : reader.GetFieldValue<DateTimeOffset>(18),
        FreezeRule: reader.IsDBNull(19) ? null : reader.GetString(19),
        Instrument: reader.IsDBNull(20) ? null : reader.GetString(20),
        ValueMinor: reader.IsDBNull(21) ? null : reader.GetInt64(21),
        ScaSeries: reader.IsDBNull(22) ? null : reader.GetString(22),
        Sca: reader.IsDBNull(23) ? null : reader.GetString(23));
}

/// <summary>The columns of a batch, kept and filled again: PostgreSQL takes many rows as one array a column.</summary>
internal sealed class AssessmentColumns
{
    private readonly List<Guid> ids = [];
    private readonly List<string> paymentIds = [];
    private readonly List<byte[]> contentHashes = [];
    private readonly List<string> accountIds = [];
    private readonly List<string?> merchantIds = [];
    private readonly List<long> amounts = [];
    private readonly List<string> currencies = [];
    private readonly List<DateTimeOffset> occurredAt = [];
    private readonly List<DateTimeOffset> decidedAt = [];
    private readonly List<string> decisions = [];
    private readonly List<int> scores = [];
    private readonly List<string> ruleSets = [];
    private readonly List<string> origins = [];
    private readonly List<byte[]> requests = [];
    private readonly List<byte[]> signals = [];
    private readonly List<byte[]> answers = [];
    private readonly List<bool> velocityApplied = [];
    private readonly List<Guid?> challengeIds = [];
    private readonly List<DateTimeOffset?> challengeExpiresAt = [];
    private readonly List<string?> freezeRules = [];
    private readonly List<string?> instruments = [];
    private readonly List<long?> values = [];
    private readonly List<string?> scaSeries = [];
    private readonly List<string?> scas = [];
    private readonly List<string?> lowValueCounters = [];
    private readonly List<long?> lowValueMaxima = [];
    private readonly List<bool> given = [];
    private readonly List<string> lowValueAccounts = [];

    /// <summary>Whose counters are asked when the rows are inserted.</summary>
    public IReadOnlyList<string> LowValueAccounts => lowValueAccounts;

    public void Clear()
    {
        ids.Clear(); paymentIds.Clear(); contentHashes.Clear(); accountIds.Clear(); merchantIds.Clear(); amounts.Clear(); currencies.Clear();
        occurredAt.Clear(); decidedAt.Clear(); decisions.Clear(); scores.Clear(); ruleSets.Clear(); origins.Clear();
        requests.Clear(); signals.Clear(); answers.Clear(); velocityApplied.Clear();
        challengeIds.Clear(); challengeExpiresAt.Clear(); freezeRules.Clear(); given.Clear();
        instruments.Clear(); values.Clear(); scaSeries.Clear(); scas.Clear(); lowValueCounters.Clear(); lowValueMaxima.Clear(); lowValueAccounts.Clear();
    }

    /// <param name="isGiven">The answer was given already, so neither the account's freeze nor its counter can change it any more.</param>
    public void Add(AssessmentRow row, bool isGiven)
    {
        ids.Add(row.Id);
        paymentIds.Add(row.PaymentId);
        contentHashes.Add(row.ContentHash);
        accountIds.Add(row.AccountId);
        merchantIds.Add(row.MerchantId);
        amounts.Add(row.AmountMinor);
        currencies.Add(row.Currency);
        occurredAt.Add(row.OccurredAt.ToUniversalTime());
        decidedAt.Add(row.DecidedAt.ToUniversalTime());
        decisions.Add(AnswerJson.Name(row.Decision));
        scores.Add(row.Score);
        ruleSets.Add(row.RuleSet);
        origins.Add(row.Origin == AssessmentSource.Http ? "http" : "kafka");
        requests.Add(row.Request);
        signals.Add(row.Signals);
        answers.Add(row.Answer);
        velocityApplied.Add(row.VelocityApplied);
        challengeIds.Add(row.ChallengeId);
        challengeExpiresAt.Add(row.ChallengeExpiresAt?.ToUniversalTime());
        freezeRules.Add(row.FreezeRule);
        instruments.Add(row.Instrument);
        values.Add(row.ValueMinor);
        scaSeries.Add(row.ScaSeries);
        scas.Add(row.Sca);
        AddRoom(row.AccountId, isGiven ? null : row.LowValue);
        given.Add(isGiven);
    }

    public void AddTo(NpgsqlParameterCollection parameters)
    {
        Add(parameters, ids, NpgsqlDbType.Uuid);
        Add(parameters, paymentIds, NpgsqlDbType.Text);
        Add(parameters, contentHashes, NpgsqlDbType.Bytea);
        Add(parameters, accountIds, NpgsqlDbType.Text);
        Add(parameters, merchantIds, NpgsqlDbType.Text);
        Add(parameters, amounts, NpgsqlDbType.Bigint);
        Add(parameters, currencies, NpgsqlDbType.Text);
        Add(parameters, occurredAt, NpgsqlDbType.TimestampTz);
        Add(parameters, decidedAt, NpgsqlDbType.TimestampTz);
        Add(parameters, decisions, NpgsqlDbType.Text);
        Add(parameters, scores, NpgsqlDbType.Integer);
        Add(parameters, ruleSets, NpgsqlDbType.Text);
        Add(parameters, origins, NpgsqlDbType.Text);
        Add(parameters, requests, NpgsqlDbType.Bytea);
        Add(parameters, signals, NpgsqlDbType.Bytea);
        Add(parameters, answers, NpgsqlDbType.Bytea);
        Add(parameters, velocityApplied, NpgsqlDbType.Boolean);
        Add(parameters, challengeIds, NpgsqlDbType.Uuid);
        Add(parameters, challengeExpiresAt, NpgsqlDbType.TimestampTz);
        Add(parameters, freezeRules, NpgsqlDbType.Text);
        Add(parameters, instruments, NpgsqlDbType.Text);
        Add(parameters, values, NpgsqlDbType.Bigint);
        Add(parameters, scaSeries, NpgsqlDbType.Text);
        Add(parameters, scas, NpgsqlDbType.Text);
        Add(parameters, lowValueCounters, NpgsqlDbType.Text);
        Add(parameters, lowValueMaxima, NpgsqlDbType.Bigint);
        Add(parameters, given, NpgsqlDbType.Boolean);
    }

    private void AddRoom(string accountId, LowValueRoom? room)
    {
        lowValueCounters.Add(room is null ? null : room.Counter == LowValueCounter.Count ? "count" : "amount");
        lowValueMaxima.Add(room?.Max);
        if (room is not null) lowValueAccounts.Add(accountId);
    }

    private static void Add<T>(NpgsqlParameterCollection parameters, List<T> column, NpgsqlDbType type) =>
        parameters.Add(new NpgsqlParameter<List<T>> { TypedValue = column, NpgsqlDbType = NpgsqlDbType.Array | type });
}
