using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace PaymentGuard.Events;

/// <summary>How a retry ended.</summary>
/// <param name="Sent">Sent to <see cref="KafkaTopics.Events"/> again; in a dry run, what would be.</param>
/// <param name="WithoutPayload">Rejected with nothing kept that could be sent.</param>
/// <param name="PassedOver">Of another reason than asked for.</param>
internal sealed record RetryResult(int Sent, int WithoutPayload, int PassedOver);

/// <summary>What stands in <see cref="KafkaTopics.Rejected"/>, for people who look after it.</summary>
internal sealed class RejectedTopic(string bootstrap, ILogger logger)
{
    private const int BatchMax = 1_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A rejected event and where its message stands; null when it is no envelope of ours.</summary>
    private sealed record Entry(ConsumeResult<byte[]?, byte[]?> Message, RejectedEvent? Event);

    /// <summary>All, partition by partition, oldest first.</summary>
    /// <exception cref="KafkaException">The brokers do not answer.</exception>
    public IEnumerable<RejectedEvent> List()
    {
        using var reader = KafkaClients.Reader(bootstrap, KafkaClients.RetryGroup);
        foreach (var entry in Read(reader, fromTheBeginning: true))
            if (entry.Event is { } rejected) yield return rejected;
    }

    /// <summary>
    /// Sends again what was rejected since the last retry. That changes nothing where it was right to take or reject it before. A run for
    /// one reason leaves its place at the first message of another, so that none is forgotten; what it sent after that is sent once more.
    /// </summary>
    /// <param name="reason">Null: all reasons.</param>
    /// <exception cref="KafkaException">The brokers do not answer.</exception>
    public async Task<RetryResult> Retry(string? reason, bool isDryRun, CancellationToken ct)
    {
        using var reader = KafkaClients.Reader(bootstrap, KafkaClients.RetryGroup);
        using var producer = new EventProducer(bootstrap, "paymentguard-retry", logger);
        var (result, reached, blocked) = (new RetryResult(0, 0, 0), new Dictionary<TopicPartition, Offset>(), new HashSet<TopicPartition>());
        foreach (var batch in Read(reader, fromTheBeginning: false).Chunk(BatchMax))
        {
            ct.ThrowIfCancellationRequested();
            var wanted = batch.Where(entry => reason is null || entry.Event?.Reason == reason).ToList();
            var messages = wanted.Where(entry => entry.Event?.Payload is not null)
                .Select(entry => new Message<byte[]?, byte[]> { Key = entry.Message.Message.Key, Value = entry.Event!.Payload! }).ToList();
            if (!isDryRun) await producer.Send(KafkaTopics.Events, messages).WaitAsync(Patience, ct);
            result = new RetryResult(result.Sent + messages.Count, result.WithoutPayload + wanted.Count - messages.Count, result.PassedOver + batch.Length - wanted.Count);
            foreach (var entry in batch) Advance(entry.Message, isPassedOver: !wanted.Contains(entry), reached, blocked);
        }
        if (!isDryRun && reached.Count > 0) reader.Commit(reached.Select(place => new TopicPartitionOffset(place.Key, place.Value)));
        return result;
    }

    private static void Advance(
        ConsumeResult<byte[]?, byte[]?> message, bool isPassedOver, Dictionary<TopicPartition, Offset> reached, HashSet<TopicPartition> blocked)
    {
        if (isPassedOver) blocked.Add(message.TopicPartition);
        if (!blocked.Contains(message.TopicPartition)) reached[message.TopicPartition] = message.Offset + 1;
    }

    /// <summary>Up to what stands in the topic now; what is rejected meanwhile is left for the next time.</summary>
    private IEnumerable<Entry> Read(IConsumer<byte[]?, byte[]?> reader, bool fromTheBeginning)
    {
        foreach (var partition in Partitions())
        {
            var watermarks = reader.QueryWatermarkOffsets(partition, Patience);
            var committed = reader.Committed([partition], Patience)[0].Offset;
            var start = fromTheBeginning || committed == Offset.Unset || committed < watermarks.Low ? watermarks.Low : committed;
            if (start >= watermarks.High) continue;
            reader.Assign(new TopicPartitionOffset(partition, start));
            foreach (var message in Until(reader, watermarks.High)) yield return new Entry(message, RejectedEvent.FromJson(message.Message.Value ?? []));
        }
    }

    private static IEnumerable<ConsumeResult<byte[]?, byte[]?>> Until(IConsumer<byte[]?, byte[]?> reader, Offset end)
    {
        while (true)
        {
            var message = reader.Consume(Patience) ?? throw new KafkaException(ErrorCode.Local_TimedOut);
            if (!message.IsPartitionEOF) yield return message;
            if (message.IsPartitionEOF || message.Offset + 1 >= end) yield break;
        }
    }

    private List<TopicPartition> Partitions()
    {
        using var admin = KafkaClients.Admin(bootstrap);
        var topic = admin.GetMetadata(Patience).Topics.FirstOrDefault(topic => topic.Topic == KafkaTopics.Rejected);
        return topic is null ? [] : [.. topic.Partitions.Select(partition => new TopicPartition(KafkaTopics.Rejected, partition.PartitionId))];
    }
}
