using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.Events;
using PaymentGuard.Platform;

namespace PaymentGuard.Velocity;

/// <summary>What PostgreSQL has recorded and the logs should have: attempts from the assessments, all else from the events.</summary>
internal sealed class VelocityHistory(NpgsqlDataSource postgres, IRuleSetSource rules, EntityHasher hasher, DataKeys keys, TimeProvider clock)
{
    private const string AttemptColumns = "SELECT a.id, a.occurred_at, a.request, a.xid FROM assessments a";

    // An activity has no payment; an outcome without an assessed attempt waits for it.
    private const string EventColumns = """
        SELECT e.source, e.id, e.type, e.time, e.tie_rank, e.body, e.payment_id IS NULL, a.id, a.occurred_at, a.request
        FROM events e LEFT JOIN assessments a ON a.payment_id = e.payment_id
        """;

    /// <param name="Id">Of the assessment.</param>
    public readonly record struct Attempt(Guid Id, ulong Xid, VelocityEvent Record);

    /// <param name="Record">Null: no log keeps it, or it lost against another outcome.</param>
    public readonly record struct Event(string Source, string Id, VelocityEvent? Record);

    /// <summary>Attempts that may be missing in some log.</summary>
    public Task<List<Attempt>> MissingAttempts(int max, CancellationToken ct) =>
        Attempts($"{AttemptColumns} WHERE NOT a.velocity_applied ORDER BY a.id LIMIT $1", ct, max);

    /// <summary>Events that may be missing in some log; those of the last two seconds are still being appended.</summary>
    public Task<List<Event>> MissingEvents(int max, CancellationToken ct) =>
        Events($"{EventColumns} WHERE NOT e.applied AND NOT e.waiting AND e.received_at < $2 ORDER BY e.received_at LIMIT $1", ct, max, clock.GetUtcNow().AddSeconds(-2));

    /// <summary>All attempts after this one, in the order of (xid, id), of transactions before <paramref name="untilXid"/>.</summary>
    public Task<List<Attempt>> AttemptsAfter(ulong xid, Guid id, ulong untilXid, int max, CancellationToken ct) =>
        Attempts($"{AttemptColumns} WHERE (a.xid, a.id) > ($2, $3) AND a.xid < $4 ORDER BY a.xid, a.id LIMIT $1", ct, max, xid, id, untilXid);

    /// <summary>All events after this one, in the order of (source, id), but for outcomes that wait for their attempt.</summary>
    public Task<List<Event>> EventsAfter(string source, string id, int max, CancellationToken ct) => Events(
        $"{EventColumns} WHERE (e.source, e.id) > ($2, $3) AND (e.payment_id IS NULL OR a.id IS NOT NULL) ORDER BY e.source, e.id LIMIT $1", ct, max, source, id);

    /// <summary>Notes that every log has these.</summary>
    public async Task MarkApplied(IReadOnlyList<Attempt> attempts, CancellationToken ct)
    {
        await using var command = postgres.CreateCommand("UPDATE assessments SET velocity_applied = true WHERE id = ANY ($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. attempts.Select(attempt => attempt.Id)] });
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<List<Attempt>> Attempts(string sql, CancellationToken ct, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var attempts = new List<Attempt>();
        while (await reader.ReadAsync(ct)) attempts.Add(new Attempt(reader.GetGuid(0), reader.GetFieldValue<ulong>(3), VelocityEvent.Attempt(AttemptAt(reader, 0))));
        return attempts;
    }

    private async Task<List<Event>> Events(string sql, CancellationToken ct, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var events = new List<Event>();
        while (await reader.ReadAsync(ct)) events.Add(new Event(reader.GetString(0), reader.GetString(1), reader.GetBoolean(6) ? Activity(reader) : Outcome(reader)));
        return events;
    }

    private NpgsqlCommand Command(string sql, object[] parameters)
    {
        var command = postgres.CreateCommand(sql);
        foreach (var value in parameters)
            command.Parameters.Add(value is ulong xid ? new NpgsqlParameter<ulong> { TypedValue = xid, NpgsqlDbType = NpgsqlDbType.Xid8 } : new NpgsqlParameter { Value = value });
        return command;
    }

    /// <param name="first">The column of the assessment's id; its time and request follow.</param>
    private VelocityAttempt AttemptAt(NpgsqlDataReader reader, int first)
    {
        var request = keys.Decrypt(reader.GetFieldValue<byte[]>(first + 2), AssessmentRow.RequestPlace(reader.GetGuid(first)));
        return VelocityAttempt.Create(
            rules.Current.VelocitySettings, hasher, PaymentJson.ReadStored(request), reader.GetFieldValue<DateTimeOffset>(first + 1), rules.Reference);
    }

    private VelocityEvent? Outcome(NpgsqlDataReader reader)
    {
        if (reader.IsDBNull(4) || reader.IsDBNull(7) || VelocityEventTypes.OfEvent(reader.GetString(2)) is not { } type) return null;
        return VelocityEvent.Outcome(AttemptAt(reader, 7), type, reader.GetFieldValue<DateTimeOffset>(3), (uint)reader.GetInt32(4));
    }

    private VelocityEvent? Activity(NpgsqlDataReader reader)
    {
        var (source, id) = (reader.GetString(0), reader.GetString(1));
        if (VelocityEventTypes.OfEvent(reader.GetString(2)) is not { } type) return null;
        var body = keys.Decrypt(reader.GetFieldValue<byte[]>(5), $"events.body:{source} {id}");
        if (EventJson.ReadStored(body, clock.GetUtcNow()) is not EventReading.Read { Event.Data: var data }) throw new InvalidDataException($"A stored {type} event cannot be read any more.");
        return VelocityEvent.Activity(
            rules.Current.VelocitySettings, hasher, type, source, id, reader.GetFieldValue<DateTimeOffset>(3), data.Account, data.Device, rules.Reference);
    }
}
