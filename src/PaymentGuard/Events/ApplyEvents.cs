using System.Text;
using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.Platform;

namespace PaymentGuard.Events;

/// <summary>
/// Brings recorded events to the velocity logs. An outcome goes to the logs of its attempt, so it waits in PostgreSQL until that is
/// assessed. None is overlooked, because both sides commit first and look for the other then: the outcome here, after it is recorded,
/// and the attempt through <see cref="WaitingOutcomes"/>.
/// </summary>
internal sealed class ApplyEvents(
    NpgsqlDataSource postgres, EventStore store, IVelocityStore velocities, IRuleSetSource rules, EntityHasher hasher, DataKeys keys)
{
    private const int OutcomesMax = 1_000;

    private const string SelectSql = """
        SELECT e.source, e.id, e.type, e.time, e.tie_rank, a.id, a.occurred_at, a.request
        FROM events e JOIN assessments a ON a.payment_id = e.payment_id
        """;

    private const string OfEventsSql = SelectSql + """

        JOIN unnest($1, $2) AS n (source, id) ON e.source = n.source AND e.id = n.id
        """;

    private const string SinceSql = SelectSql + """

        WHERE e.waiting AND a.xid >= $1 LIMIT $2
        """;

    private const string AbandonedSql = "UPDATE events SET waiting = false WHERE waiting AND payment_id IS NULL AND received_at < now() - $1";

    /// <summary>Appends what can be appended, each event to every log that it concerns, and notes it. What could not be appended for certain is left to repair.</summary>
    /// <param name="events">Recorded; at most one of each source and id.</param>
    public async Task Handle(IReadOnlyList<PaymentEvent> events, CancellationToken ct)
    {
        var outcomes = events.Where(recorded => recorded.Type.Group is not null).ToList();
        var known = outcomes.Count == 0 ? [] : await OfEvents(outcomes, ct);
        var activities = events.Where(recorded => recorded.Type.Kind == EventKind.Activity).Select(ToLog);
        await Append([.. known, .. activities], ct);
    }

    /// <summary>Applies outcomes that waited, to attempts assessed by this transaction or a later one.</summary>
    /// <returns>Whether all are done; else more wait.</returns>
    public async Task<bool> HandleWaiting(NpgsqlConnection connection, ulong sinceXid, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(SinceSql, connection);
        command.Parameters.Add(new NpgsqlParameter<ulong> { TypedValue = sinceXid, NpgsqlDbType = NpgsqlDbType.Xid8 });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = OutcomesMax });
        var outcomes = await Read(command, ct);
        await Append(outcomes, ct);
        return outcomes.Count < OutcomesMax;
    }

    /// <summary>Leaves account events to repair that some process recorded so long ago that it must have died before it applied them.</summary>
    public static async Task LeaveAbandoned(NpgsqlConnection connection, TimeSpan age, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(AbandonedSql, connection) { Parameters = { new NpgsqlParameter<TimeSpan> { TypedValue = age } } };
        await command.ExecuteNonQueryAsync(ct);
    }

    private sealed record Entry(string Source, string Id, VelocityEvent? Record);

    private async Task Append(IReadOnlyList<Entry> entries, CancellationToken ct)
    {
        var appends = entries.Select(entry => entry.Record is null ? new(true) : velocities.Append(entry.Record, ct)).ToList();
        var marks = new List<(string, string, bool)>(entries.Count);
        foreach (var (entry, append) in entries.Zip(appends)) marks.Add((entry.Source, entry.Id, await append));
        await store.Mark(marks, ct);
    }

    private async Task<List<Entry>> OfEvents(List<PaymentEvent> outcomes, CancellationToken ct)
    {
        await using var command = postgres.CreateCommand(OfEventsSql);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. outcomes.Select(outcome => outcome.Source)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. outcomes.Select(outcome => outcome.Id)] });
        return await Read(command, ct);
    }

    private async Task<List<Entry>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var entries = new List<Entry>();
        while (await reader.ReadAsync(ct)) entries.Add(new Entry(reader.GetString(0), reader.GetString(1), ToLog(reader)));
        return entries;
    }

    /// <summary>Null for an outcome without a rank: it lost to one of the same millisecond.</summary>
    private VelocityEvent? ToLog(NpgsqlDataReader reader)
    {
        if (reader.IsDBNull(4) || VelocityEventTypes.OfEvent(reader.GetString(2)) is not { } type) return null;
        var request = keys.Decrypt(reader.GetFieldValue<byte[]>(7), AssessmentRow.RequestPlace(reader.GetGuid(5)));
        var attempt = VelocityAttempt.Create(
            rules.Current.VelocitySettings, hasher, PaymentJson.ReadStored(request), reader.GetFieldValue<DateTimeOffset>(6), rules.Reference);
        return VelocityEvent.Outcome(attempt, type, reader.GetFieldValue<DateTimeOffset>(3), (uint)reader.GetInt32(4));
    }

    private Entry ToLog(PaymentEvent activity)
    {
        var type = VelocityEventTypes.OfEvent(activity.Type.Name) ?? throw new InvalidOperationException($"No log keeps {activity.Type.Name}.");
        return new Entry(activity.Source, activity.Id, VelocityEvent.Activity(
            rules.Current.VelocitySettings, hasher, type, activity.Source, activity.Id, activity.Time, activity.Data.Account, activity.Data.Device, rules.Reference));
    }
}
