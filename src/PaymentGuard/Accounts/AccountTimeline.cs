using System.Text.Json;
using Npgsql;
using PaymentGuard.Platform;

namespace PaymentGuard.Accounts;

/// <summary>Something that happened to an account.</summary>
/// <param name="Kind"><c>assessment</c>, <c>event</c>, <c>challenge</c>, <c>audit</c>, <c>notification</c> or <c>compromise</c>.</param>
/// <param name="Facts">What else is known of it, by kind; no personal data.</param>
internal sealed record TimelineItem(DateTimeOffset At, string Kind, string Id, JsonElement Facts);

/// <summary>Everything that happened to an account, from all tables, in the order of time.</summary>
internal sealed class AccountTimeline(NpgsqlDataSource postgres)
{
    private static readonly string Sql = $"""
        SELECT at, kind, id, facts::text FROM (
        {string.Join("\nUNION ALL\n",
            Part("assessment", "a.decided_at", Uuid("asm_", "a.id"), "assessments a WHERE a.account_id = $1",
                "'paymentId', a.payment_id, 'decision', a.decision, 'amount', json_build_object('minor', a.amount_minor, 'currency', a.currency), "
                + "'merchantId', a.merchant_id, 'occurredAt', " + Time("a.occurred_at") + ", 'freezeRule', a.freeze_rule"),
            Part("event", "e.time", "e.source || ' ' || e.id", "events e WHERE e.account_id = $1", EventFacts),
            // What became of a payment often names nothing but the payment.
            Part("event", "e.time", "e.source || ' ' || e.id",
                "assessments a JOIN events e ON e.payment_id = a.payment_id WHERE a.account_id = $1 AND e.account_id IS NULL", EventFacts),
            Part("challenge", "c.created_at", Uuid("chl_", "c.id"), "challenges c WHERE c.account_id = $1",
                "'state', c.state, 'action', c.action, 'assessmentId', " + Uuid("asm_", "c.assessment_id") + ", 'method', c.method, 'sca', c.sca, 'answeredAt', "
                + Time("c.answered_at") + ", 'redeemedAt', " + Time("c.redeemed_at")),
            Part("audit", "u.at", "lpad(u.number::text, 19, '0')", "audit_entries u WHERE u.account_id = $1",
                "'number', u.number, 'action', u.action, 'actor', u.actor, 'object', u.object, 'details', u.details::json"),
            Part("notification", "n.created_at", Uuid("", "n.id"), "notifications n WHERE n.account_id = $1",
                "'kind', n.kind, 'messages', (SELECT json_agg(json_build_object('channel', m.channel, 'sentAt', " + Time("m.sent_at") + ") ORDER BY m.id) "
                + "FROM notification_messages m WHERE m.notification_id = n.id)"),
            Part("compromise", "k.frozen_at", Uuid("cmp_", "k.id"), "compromises k WHERE k.account_id = $1",
                "'beganAt', " + Time("k.began_at") + ", 'endedAt', " + Time("k.ended_at") + ", 'openedBy', k.opened_by, 'closedBy', k.closed_by"))}
        ) everything ORDER BY at DESC, kind DESC, id DESC LIMIT $5
        """;

    private const string EventFacts = "'type', e.type, 'paymentId', e.payment_id";

    /// <summary>One page, newest first; empty for an account that nothing is known of.</summary>
    /// <param name="before">Where the page before ended; null: from the newest on.</param>
    public Task<List<TimelineItem>> Read(string accountId, PageCursor? before, int max, CancellationToken ct) => postgres.OnConnection(async (connection, token) =>
    {
        var from = before ?? PageCursor.Latest;
        await using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = accountId },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = from.At },
                new NpgsqlParameter<string> { TypedValue = from.Kind },
                new NpgsqlParameter<string> { TypedValue = from.Id },
                new NpgsqlParameter<int> { TypedValue = max },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(token);
        var items = new List<TimelineItem>();
        while (await reader.ReadAsync(token))
            items.Add(new TimelineItem(reader.GetFieldValue<DateTimeOffset>(0), reader.GetString(1), reader.GetString(2), Facts(reader.GetString(3))));
        return items;
    }, ct);

    /// <summary>The newest of one kind before the cursor: no more of each can be on the page.</summary>
    /// <param name="from">Tables and a condition on the account.</param>
    private static string Part(string kind, string at, string id, string from, string facts) => $"""
        (SELECT {at} AS at, '{kind}' COLLATE "C" AS kind, ({id}) COLLATE "C" AS id, json_strip_nulls(json_build_object({facts})) AS facts FROM {from}
         AND {at} <= $2 AND ({at}, '{kind}' COLLATE "C", ({id}) COLLATE "C") < ($2, $3, $4) ORDER BY 1 DESC, 3 DESC LIMIT $5)
        """;

    private static string Uuid(string prefix, string column) => $"'{prefix}' || replace({column}::text, '-', '')";

    private static string Time(string column) => $"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""";

    private static JsonElement Facts(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
