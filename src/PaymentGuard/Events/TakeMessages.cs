using Confluent.Kafka;
using PaymentGuard.Assessments;

namespace PaymentGuard.Events;

/// <summary>Takes a batch of messages from <see cref="KafkaTopics.Events"/>: what can be read is recorded, the rest is rejected.</summary>
internal sealed class TakeMessages(RecordEvents record, TimeProvider clock)
{
    private sealed record Rejection(ConsumeResult<byte[]?, byte[]?> Message, string Reason, IReadOnlyList<FieldError> Errors);

    /// <summary>Returns when every effect is durable and every rejection acknowledged, so that the offsets may be committed.</summary>
    /// <param name="producer">Of the rejected messages.</param>
    public async Task Handle(IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> messages, EventProducer producer, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var (events, origins, rejections) = (new List<PaymentEvent>(), new List<ConsumeResult<byte[]?, byte[]?>>(), new List<Rejection>());
        foreach (var message in messages)
        {
            switch (Read(message, now))
            {
                case EventReading.Read read:
                    events.Add(read.Event);
                    origins.Add(message);
                    break;
                case EventReading.Refused refused:
                    rejections.Add(new Rejection(message, refused.Reason, refused.Errors));
                    break;
            }
        }
        var outcomes = await record.Handle(events, ct);
        foreach (var (index, outcome) in outcomes.Index())
            if (outcome is EventOutcome.Refused refused) rejections.Add(new Rejection(origins[index], refused.Reason, refused.Errors));
        await producer.Send(KafkaTopics.Rejected, [.. rejections.Select(rejection => ToMessage(rejection, now))]).WaitAsync(ct);
        Count(messages.Count, rejections);
    }

    private static EventReading Read(ConsumeResult<byte[]?, byte[]?> message, DateTimeOffset now)
    {
        if (message.Message.Value is not { } value) return new EventReading.Refused(RejectionReason.InvalidJson, string.Empty, "has no value");
        var reading = EventJson.Read(value, now);
        if (reading is not EventReading.Read read || message.Message.Key is not { } key) return reading;
        return new EventReading.Read(read.Event with { Key = Convert.ToBase64String(key) });
    }

    private static Message<byte[]?, byte[]> ToMessage(Rejection rejection, DateTimeOffset now)
    {
        var (message, reason, errors) = rejection;
        var rejected = new RejectedEvent(reason, errors, message.Topic, message.Partition.Value, message.Offset.Value, now,
            RejectedEvent.MayKeepPayload(reason) ? message.Message.Value : null);
        var key = message.Message.Key is { } original && !EventScan.MayHoldCardNumber(original) ? original : null;
        return new Message<byte[]?, byte[]> { Key = key, Value = rejected.ToJson() };
    }

    private static void Count(int taken, List<Rejection> rejections)
    {
        EventMetrics.Taken.Add(taken - rejections.Count);
        foreach (var rejection in rejections) EventMetrics.Rejected.Add(1, new KeyValuePair<string, object?>("reason", rejection.Reason));
    }
}
