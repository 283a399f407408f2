using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Platform;

namespace PaymentGuard.Events;

/// <summary>What PostgreSQL knew of an event.</summary>
internal enum EventRecording
{
    /// <summary>Nothing: it has it now.</summary>
    Inserted,
    /// <summary>The same event, which some velocity log may lack.</summary>
    Known,
    /// <summary>The same event, and every velocity log that it concerns has it.</summary>
    Applied,
    /// <summary>Another event of the same source and id, which stays.</summary>
    Differs,
}

/// <summary>The table of events. Attempts are not in it: the assessments have them.</summary>
internal sealed class EventStore(NpgsqlDataSource postgres, DataKeys keys, TimeProvider clock)
{
    // Outcomes of one payment, group and millisecond get a rank each, the later and then larger (id, source) the larger one. One that
    // sorts below the best so far has lost for ever: no rank. A rank that another process takes meanwhile is a conflict, see Record.
    private const string InsertSql = """
        INSERT INTO events (source, id, type, time, received_at, payment_id, account_id, content_hash, body, outcome_group, time_ms, tie_rank, waiting, applied)
        SELECT e.source, e.id, e.type, e.time, $11, e.payment_id, e.account_id, e.content_hash, e.body, e.outcome_group, e.time_ms,
               CASE WHEN e.outcome_group IS NULL THEN NULL
                    WHEN e.best_rank IS NULL THEN (row_number() OVER tie)::int - 1
                    WHEN e.is_better THEN e.best_rank + (row_number() OVER tie)::int END,
               e.in_logs, NOT e.in_logs
        FROM (SELECT n.*, n.outcome_group IS NOT NULL OR n.payment_id IS NULL AS in_logs, best.tie_rank AS best_rank,
                     (n.time, n.id COLLATE "C", n.source COLLATE "C") > (best.time, best.id, best.source) AS is_better
              FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                   AS n (source, id, type, time, payment_id, account_id, content_hash, body, outcome_group, time_ms)
              LEFT JOIN LATERAL (
                  SELECT o.time, o.id, o.source, o.tie_rank FROM events o
                  WHERE o.payment_id = n.payment_id AND o.outcome_group = n.outcome_group AND o.time_ms = n.time_ms AND o.tie_rank IS NOT NULL
                  ORDER BY o.tie_rank DESC LIMIT 1) best ON true) e
        WINDOW tie AS (PARTITION BY e.payment_id, e.outcome_group, e.time_ms, e.is_better ORDER BY e.time, e.id COLLATE "C", e.source COLLATE "C")
        ON CONFLICT DO NOTHING
        RETURNING source, id
        """;

    private const string FindSql = """
        SELECT e.source, e.id, e.content_hash, e.applied FROM events e
        JOIN unnest($1, $2) AS n (source, id) ON e.source = n.source AND e.id = n.id
        """;

    // A mark that is lost costs an append that folds away, so it does not wait for the disk. The setting ends with the transaction.
    private const string MarkSql = """
        UPDATE events e SET waiting = false, applied = n.applied
        FROM unnest($1, $2, $3) AS n (source, id, applied)
        WHERE e.source = n.source AND e.id = n.id AND (SELECT set_config('synchronous_commit', 'off', true)) IS NOT NULL
        """;

    /// <summary>Records outcomes and account events in one transaction; durable when it returns.</summary>
    /// <param name="events">At most one of each source and id.</param>
    public async Task<IReadOnlyList<EventRecording>> Record(IReadOnlyList<PaymentEvent> events, CancellationToken ct)
    {
        var recordings = new EventRecording?[events.Count];
        var hashes = events.Select(recorded => recorded.ContentHash()).ToList();
        // An event that is neither inserted nor found lost its rank to another process just now. That one has committed: rank again.
        for (var open = Enumerable.Range(0, events.Count).ToList(); open.Count > 0; open = [.. open.Where(index => recordings[index] is null)])
        {
            var inserted = await Insert(events, hashes, open, ct);
            foreach (var index in open)
                if (inserted.Contains(events[index].Identity)) recordings[index] = EventRecording.Inserted;
            var rest = open.Where(index => recordings[index] is null).ToList();
            if (rest.Count > 0) await Find(events, hashes, rest, recordings, ct);
        }
        return [.. recordings.Select(recording => recording!.Value)];
    }

    /// <summary>
    /// Records account events of our own inside the connection's transaction. No outcomes: their ranks may need a second try. Until they are applied, they count
    /// as being applied; should the process die, they are left to repair after a minute.
    /// </summary>
    public async Task Record(NpgsqlConnection connection, IReadOnlyList<PaymentEvent> own, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(InsertSql, connection);
        AddRows(command, own, [.. own.Select(recorded => recorded.ContentHash())], [.. Enumerable.Range(0, own.Count)]);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The events of these that PostgreSQL has with other content.</summary>
    public async Task<IReadOnlyList<PaymentEvent>> Differing(IReadOnlyList<PaymentEvent> events, CancellationToken ct)
    {
        var recordings = new EventRecording?[events.Count];
        var hashes = events.Select(recorded => recorded.ContentHash()).ToList();
        await Find(events, hashes, [.. Enumerable.Range(0, events.Count)], recordings, ct);
        return [.. events.Where((_, index) => recordings[index] == EventRecording.Differs)];
    }

    /// <summary>Which of these payments are assessed.</summary>
    public async Task<IReadOnlySet<string>> Assessed(IEnumerable<string> paymentIds, CancellationToken ct)
    {
        await using var command = postgres.CreateCommand("SELECT payment_id FROM assessments WHERE payment_id = ANY ($1)");
        Add(command, NpgsqlDbType.Text, paymentIds);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct)) found.Add(reader.GetString(0));
        return found;
    }

    /// <summary>Notes which events every velocity log has now. The others wait for no attempt any more, but for repair.</summary>
    public async Task Mark(IReadOnlyCollection<(string Source, string Id, bool IsApplied)> events, CancellationToken ct)
    {
        if (events.Count == 0) return;
        await using var command = postgres.CreateCommand(MarkSql);
        Add(command, NpgsqlDbType.Text, events.Select(marked => marked.Source));
        Add(command, NpgsqlDbType.Text, events.Select(marked => marked.Id));
        Add(command, NpgsqlDbType.Boolean, events.Select(marked => marked.IsApplied));
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<HashSet<(string, string)>> Insert(
        IReadOnlyList<PaymentEvent> events, List<byte[]> hashes, List<int> indexes, CancellationToken ct)
    {
        await using var command = postgres.CreateCommand(InsertSql);
        AddRows(command, events, hashes, indexes);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var inserted = new HashSet<(string, string)>();
        while (await reader.ReadAsync(ct)) inserted.Add((reader.GetString(0), reader.GetString(1)));
        return inserted;
    }

    private void AddRows(NpgsqlCommand command, IReadOnlyList<PaymentEvent> events, List<byte[]> hashes, List<int> indexes)
    {
        Add(command, NpgsqlDbType.Text, indexes.Select(index => events[index].Source));
        Add(command, NpgsqlDbType.Text, indexes.Select(index => events[index].Id));
        Add(command, NpgsqlDbType.Text, indexes.Select(index => events[index].Type.Name));
        Add(command, NpgsqlDbType.TimestampTz, indexes.Select(index => events[index].Time));
        Add(command, NpgsqlDbType.Text, indexes.Select(index => events[index].PaymentId));
        Add(command, NpgsqlDbType.Text, indexes.Select(index => events[index].AccountId));
        Add(command, NpgsqlDbType.Bytea, indexes.Select(index => hashes[index]));
        Add(command, NpgsqlDbType.Bytea, indexes.Select(index => keys.Encrypt(events[index].Json.Span, Place(events[index]))));
        Add(command, NpgsqlDbType.Smallint, indexes.Select(index => (short?)events[index].Type.Group));
        Add(command, NpgsqlDbType.Bigint, indexes.Select(index => events[index].TimeMs));
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() });
    }

    private async Task Find(
        IReadOnlyList<PaymentEvent> events, List<byte[]> hashes, List<int> indexes, EventRecording?[] recordings, CancellationToken ct)
    {
        await using var command = postgres.CreateCommand(FindSql);
        Add(command, NpgsqlDbType.Text, indexes.Select(index => events[index].Source));
        Add(command, NpgsqlDbType.Text, indexes.Select(index => events[index].Id));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var indexByIdentity = indexes.ToDictionary(index => events[index].Identity);
        while (await reader.ReadAsync(ct))
        {
            var index = indexByIdentity[(reader.GetString(0), reader.GetString(1))];
            var isSame = reader.GetFieldValue<byte[]>(2).AsSpan().SequenceEqual(hashes[index]);
            recordings[index] = !isSame ? EventRecording.Differs : reader.GetBoolean(3) ? EventRecording.Applied : EventRecording.Known;
        }
    }

    /// <summary>What an event's encrypted body is bound to.</summary>
    private static string Place(PaymentEvent recorded) => $"events.body:{recorded.Source} {recorded.Id}";

    private static void Add<T>(NpgsqlCommand command, NpgsqlDbType type, IEnumerable<T> values) =>
        command.Parameters.Add(new NpgsqlParameter { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type });
}
