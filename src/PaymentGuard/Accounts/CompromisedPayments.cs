using Npgsql;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Accounts;

/// <summary>A payment that occurred while its account was in other hands.</summary>
/// <param name="MerchantId">Null: checkout did not tell it.</param>
/// <param name="Challenge">How far the challenge has come that passed, or else the latest; null: there was none.</param>
internal sealed record CompromisedPayment(
    string PaymentId, string AssessmentId, DateTimeOffset OccurredAt, string Decision, Money Amount, string? MerchantId, string? Challenge);

/// <summary>The payments of an account inside an interval, declined ones too.</summary>
internal static class CompromisedPayments
{
    private const string Sql = """
        SELECT a.id, a.payment_id, a.occurred_at, a.decision, a.amount_minor, a.currency, a.merchant_id,
               (SELECT c.state FROM challenges c WHERE c.assessment_id = a.id ORDER BY c.state = 'redeemed' DESC, c.created_at DESC, c.id DESC LIMIT 1)
        FROM assessments a
        WHERE a.account_id = $1 AND a.occurred_at >= $2 AND a.occurred_at <= $3 AND (a.occurred_at, a.id) > ($4, $5)
        ORDER BY a.occurred_at, a.id LIMIT $6
        """;

    /// <summary>One page, oldest first.</summary>
    /// <param name="after">Where the page before ended; null: from the oldest on.</param>
    public static async Task<List<CompromisedPayment>> Of(NpgsqlConnection connection, Compromise compromise, PageCursor? after, int max, CancellationToken ct)
    {
        var from = after ?? PageCursor.Earliest;
        await using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = compromise.AccountId },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = compromise.BeganAt },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = compromise.EndedAt ?? PageCursor.Latest.At },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = from.At },
                new NpgsqlParameter<Guid> { TypedValue = AnswerJson.TryReadId(from.Id, out var id) ? id : Guid.Empty },
                new NpgsqlParameter<int> { TypedValue = max },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var payments = new List<CompromisedPayment>();
        while (await reader.ReadAsync(ct)) payments.Add(Read(reader));
        return payments;
    }

    private static CompromisedPayment Read(NpgsqlDataReader reader) => new(
        reader.GetString(1), AnswerJson.PublicId(reader.GetGuid(0)), reader.GetFieldValue<DateTimeOffset>(2), reader.GetString(3),
        new Money(reader.GetInt64(4), reader.GetString(5)), reader.IsDBNull(6) ? null : reader.GetString(6), reader.IsDBNull(7) ? null : reader.GetString(7));
}
