using System.Text.Json;
using System.Text.Json.Serialization;
using Confluent.Kafka;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Events;

namespace PaymentGuard.Floor;

/// <summary>The envelope of an event as far as the floor reads it.</summary>
internal sealed record FloorEvent(PaymentAttempt Data);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(FloorEvent))]
internal sealed partial class FloorEventJson : JsonSerializerContext;

/// <summary>A bare consumer: reads the attempts of a topic and does the same Redis writes, up to <see cref="InWorkMax"/> at a time; decides and records nothing.</summary>
internal static class KafkaFloor
{
    /// <summary>The group whose committed offsets tell how far this consumer is.</summary>
    public const string Group = "paymentguard-floor";

    private const int InWorkMax = 256;

    public static async Task Run(RedisPipeline redis, string brokers, string topic)
    {
        KafkaLibrary.Use();
        using var consumer = KafkaClients.Reader(brokers, Group);
        using var admin = KafkaClients.Admin(brokers);
        var partitions = admin.GetMetadata(topic, TimeSpan.FromSeconds(10)).Topics[0].Partitions;
        consumer.Assign(partitions.Select(partition => new TopicPartitionOffset(topic, partition.PartitionId, Offset.Stored)));
        while (true) await TakeBatch(redis, consumer);
    }

    private static async Task TakeBatch(RedisPipeline redis, IConsumer<byte[]?, byte[]?> consumer)
    {
        var inWork = new List<Task<int>>(InWorkMax);
        var positions = new Dictionary<TopicPartition, Offset>();
        for (var wait = TimeSpan.FromMilliseconds(100); inWork.Count < InWorkMax; wait = TimeSpan.Zero)
        {
            if (consumer.Consume(wait) is not { } taken) break;
            if (taken.IsPartitionEOF) continue;
            var attempt = JsonSerializer.Deserialize(taken.Message.Value, FloorEventJson.Default.FloorEvent)!.Data;
            inWork.Add(redis.AppendAndRead(attempt));
            positions[taken.TopicPartition] = taken.Offset + 1;
        }

        await Task.WhenAll(inWork);
        if (positions.Count > 0) consumer.Commit(positions.Select(position => new TopicPartitionOffset(position.Key, position.Value)));
    }
}
