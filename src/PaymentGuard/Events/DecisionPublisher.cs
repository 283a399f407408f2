using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Assessments;
using PaymentGuard.Platform;

namespace PaymentGuard.Events;

/// <summary>
/// Publishes every assessment, however it came, as one CloudEvent <c>risk.assessed</c> on <see cref="KafkaTopics.Decisions"/>. The
/// assessments are their own outbox: they are read in the order of (xid, id) up to the oldest transaction that is still open, so none
/// that commits late is passed over. The place reached is stored when Kafka has acknowledged; only a crash between the two makes a
/// decision come again, with the same key, id and bytes.
/// </summary>
internal sealed class DecisionPublisher(
    Settings settings, NpgsqlDataSource postgres, AssessmentsStored stored, TimeProvider clock, ILogger<DecisionPublisher> logger)
    : ExclusiveService(postgres, LockKey, clock, logger)
{
    private const long LockKey = 0x5047_6F75_7462_6F78;   // "PGoutbox"
    private const int BatchMax = 5_000;

    // A transaction that stays open anywhere in the database server delays the decisions that began after it. It loses none.
    private const string NextSql = """
        SELECT xid, id, account_id, payment_id, decided_at, answer FROM assessments
        WHERE (xid, id) > ($1, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid, id LIMIT $3
        """;

    private const string ReachedSql = "SELECT xid, id FROM outbox_watermark WHERE topic = $1";

    // A place that is lost with the server costs a repeat, as after any crash, so it does not wait for the disk. The setting ends with the transaction.
    private const string AdvanceSql = """
        UPDATE outbox_watermark SET xid = $2, id = $3
        WHERE topic = $1 AND (xid, id) < ($2, $3) AND (SELECT set_config('synchronous_commit', 'off', true)) IS NOT NULL
        """;

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    // What Kafka has acknowledged to this process: PostgreSQL does not know it yet when the connection broke in between.
    private Place published;

    private readonly record struct Place(ulong Xid, Guid Id);

    private sealed record Decided(Place Place, string AccountId, string PaymentId, DateTimeOffset At, byte[] Answer);

    protected override async Task Work(NpgsqlConnection connection, CancellationToken ct)
    {
        await KafkaTopics.Ensure(settings.Kafka!);
        using var producer = new EventProducer(settings.Kafka!, "paymentguard-decisions", logger);
        await Advance(connection, ct);
        published = await Reached(connection, ct);
        while (true)
        {
            var more = stored.Next;
            var batch = await Next(connection, ct);
            EventMetrics.SetOutboxDepth(batch.Count);
            if (batch.Count > 0) await Publish(connection, producer, batch, ct);
            if (batch.Count < BatchMax) await stored.Wait(more, ct);
            ct.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Sends a batch and waits, as long as Kafka is away; a process that is told to stop waits a little only.</summary>
    private async Task Publish(NpgsqlConnection connection, EventProducer producer, List<Decided> batch, CancellationToken ct)
    {
        using var grace = new CancellationTokenSource();
        await using var stop = ct.Register(() => grace.CancelAfter(StopPatience));
        await producer.Send(KafkaTopics.Decisions, [.. batch.Select(ToMessage)]).WaitAsync(grace.Token);
        published = batch[^1].Place;
        await Advance(connection, grace.Token);
        EventMetrics.Published.Add(batch.Count);
        EventMetrics.SetOutboxDepth(0);
    }

    private async Task<List<Decided>> Next(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(NextSql, connection) { Parameters = { Xid(published), Id(published), new NpgsqlParameter<int> { TypedValue = BatchMax } } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var batch = new List<Decided>();
        while (await reader.ReadAsync(ct))
            batch.Add(new Decided(PlaceOf(reader), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4), reader.GetFieldValue<byte[]>(5)));
        return batch;
    }

    private static async Task<Place> Reached(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ReachedSql, connection) { Parameters = { Topic() } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? PlaceOf(reader) : throw new InvalidDataException("outbox_watermark lacks the row of " + KafkaTopics.Decisions);
    }

    private async Task Advance(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(AdvanceSql, connection) { Parameters = { Topic(), Xid(published), Id(published) } };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static Place PlaceOf(NpgsqlDataReader reader) => new(reader.GetFieldValue<ulong>(0), reader.GetGuid(1));

    private static NpgsqlParameter<string> Topic() => new() { TypedValue = KafkaTopics.Decisions };

    private static NpgsqlParameter<ulong> Xid(Place place) => new() { TypedValue = place.Xid, NpgsqlDbType = NpgsqlDbType.Xid8 };

    private static NpgsqlParameter<Guid> Id(Place place) => new() { TypedValue = place.Id };

    private static Message<byte[]?, byte[]> ToMessage(Decided decided) =>
        new() { Key = Encoding.UTF8.GetBytes(decided.AccountId), Value = ToCloudEvent(decided) };

    /// <summary>Depends on the stored assessment alone: however often it is written, it is the same.</summary>
    private static byte[] ToCloudEvent(Decided decided)
    {
        var buffer = new ArrayBufferWriter<byte>(512 + decided.Answer.Length);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("specversion"u8, "1.0"u8);
            json.WriteString("id"u8, AnswerJson.PublicId(decided.Place.Id));
            json.WriteString("source"u8, "/paymentguard"u8);
            json.WriteString("type"u8, "risk.assessed"u8);
            json.WriteString("time"u8, decided.At.UtcDateTime);
            json.WriteString("subject"u8, decided.PaymentId);
            json.WriteString("datacontenttype"u8, "application/json"u8);
            json.WritePropertyName("data"u8);
            json.WriteRawValue(decided.Answer, skipInputValidation: true);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
