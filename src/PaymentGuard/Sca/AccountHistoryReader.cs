using Npgsql;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Sca;

namespace PaymentGuard.Sca;

/// <summary>What the account of a payment did before, from PostgreSQL: one query, for payments that tell <c>sca</c> only.</summary>
internal sealed class AccountHistoryReader(NpgsqlDataSource postgres, AssessmentStore store)
{
    private const string Sql = """
        SELECT t.payments, t.sum_minor, s.amount_minor, s.currency, s.merchant_id,
               EXISTS (SELECT FROM assessments a WHERE a.account_id = $1 AND a.sca_series = $3)
        FROM sca_totals($1, $2) t LEFT JOIN LATERAL (
            SELECT a.amount_minor, a.currency, a.merchant_id FROM assessments a JOIN challenges c ON c.assessment_id = a.id
            WHERE a.account_id = $1 AND a.sca_series = $3 AND c.state = 'redeemed' AND c.sca AND a.merchant_id IS NOT NULL
                  AND NOT EXISTS (SELECT FROM declined_payments d WHERE d.payment_id = a.payment_id)
            ORDER BY c.redeemed_at DESC LIMIT 1) s ON true
        """;

    private const int PatienceSeconds = 3;      // longer than any deadline: what is late is not waited for, and shall not go on for ever

    /// <summary>Fails when PostgreSQL does not answer. Wait for it within the deadline.</summary>
    public async Task<AccountHistory> Read(PaymentAttempt attempt)
    {
        if (!store.IsAvailable) throw new NpgsqlException("PostgreSQL is known to fail.");
        await using var command = postgres.CreateCommand(Sql);
        command.CommandTimeout = PatienceSeconds;
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = attempt.Account.Id });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = attempt.Payment.Amount.Currency });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = attempt.Sca?.SeriesId });
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await reader.ReadAsync().ConfigureAwait(false);
        var totals = new LowValueTotals((int)Math.Min(reader.GetInt64(0), int.MaxValue), reader.GetInt64(1));
        var terms = reader.IsDBNull(2) ? null : new PaymentTerms(reader.GetInt64(2), reader.GetString(3), reader.GetString(4));
        return new AccountHistory(totals, new SeriesHistory(reader.GetBoolean(5), terms));
    }
}
