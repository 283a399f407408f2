using System.Collections.Immutable;
using Npgsql;
using PaymentGuard.Domain.Sca;

namespace PaymentGuard.Sca;

/// <summary>What the payments of one instrument in one quarter come to.</summary>
/// <param name="Payments">Executed ones.</param>
/// <param name="Frauds">Those among them that are reported as fraud and not cleared.</param>
/// <param name="WithoutRate">Those among the payments whose currency had no rate: their value is in neither sum.</param>
internal sealed record InstrumentQuarter(PaymentInstrument Instrument, Quarter Quarter, long Payments, long Frauds, long WithoutRate, FraudRate Rate);

/// <summary>
/// Fraud rates from the recorded assessments. A payment belongs to the quarter (UTC) that it occurred in, and so does its fraud, whenever that is
/// reported: so the fraud is always a part of the total, and the rate of an old quarter still rises as reports come in.
/// </summary>
internal sealed class FraudRateTable(NpgsqlDataSource postgres)
{
    // Approved payments come from an index that holds all they need; the others were executed if their challenge was redeemed, and those are fewer.
    // Frauds are so few that each is looked up (OFFSET 0 keeps the planner to it). A million payments take about a second.
    private const string Sql = """
        WITH executed AS (
            SELECT a.payment_id, a.instrument, a.value_minor, a.occurred_at FROM assessments a
            WHERE a.decision = 'approve' AND a.instrument IS NOT NULL AND a.occurred_at >= $1 AND a.occurred_at < $2
            UNION ALL
            SELECT a.payment_id, a.instrument, a.value_minor, a.occurred_at FROM assessments a
            WHERE a.id IN (SELECT c.assessment_id FROM challenges c WHERE c.state = 'redeemed' AND c.assessment_id IS NOT NULL AND c.redeemed_at >= $1 - interval '1 hour')
              AND a.decision <> 'approve' AND a.instrument IS NOT NULL AND a.occurred_at >= $1 AND a.occurred_at < $2
        ), declined AS MATERIALIZED (SELECT payment_id FROM declined_payments), sums AS (
            SELECT e.instrument, date_trunc('quarter', e.occurred_at, 'UTC') AS quarter,
                   count(*) AS payments, 0 AS frauds, count(*) FILTER (WHERE e.value_minor IS NULL) AS without_rate, sum(e.value_minor) AS total, 0 AS fraud
            FROM executed e WHERE NOT EXISTS (SELECT FROM declined d WHERE d.payment_id = e.payment_id) GROUP BY 1, 2
            UNION ALL
            SELECT a.instrument, date_trunc('quarter', a.occurred_at, 'UTC'), 0, count(*), 0, 0, sum(a.value_minor)
            FROM fraudulent_payments f CROSS JOIN LATERAL (SELECT * FROM assessments WHERE payment_id = f.payment_id OFFSET 0) a
            WHERE (a.decision = 'approve' OR EXISTS (SELECT FROM challenges c WHERE c.assessment_id = a.id AND c.state = 'redeemed'))
              AND a.instrument IS NOT NULL AND a.occurred_at >= $1 AND a.occurred_at < $2
              AND NOT EXISTS (SELECT FROM declined_payments d WHERE d.payment_id = f.payment_id) GROUP BY 1, 2
        )
        SELECT instrument, quarter, sum(payments)::bigint, sum(frauds)::bigint, sum(without_rate)::bigint, coalesce(sum(total), 0)::bigint, coalesce(sum(fraud), 0)::bigint
        FROM sums GROUP BY 1, 2
        """;

    private const int PatienceSeconds = 60;

    /// <summary>One item for each instrument and quarter with payments.</summary>
    public async Task<ImmutableArray<InstrumentQuarter>> Read(Quarter from, Quarter to, CancellationToken ct)
    {
        await using var command = postgres.CreateCommand(Sql);
        command.CommandTimeout = PatienceSeconds;
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = from.Start });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = to.Next.Start });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var all = ImmutableArray.CreateBuilder<InstrumentQuarter>();
        while (await reader.ReadAsync(ct))
            all.Add(new InstrumentQuarter(
                ScaWords.Instrument(reader.GetString(0)), FraudRates.QuarterAt(reader.GetFieldValue<DateTimeOffset>(1)),
                reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), new FraudRate(reader.GetInt64(6), reader.GetInt64(5))));
        return all.ToImmutable();
    }
}
