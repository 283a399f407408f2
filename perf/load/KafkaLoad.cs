using System.Diagnostics;
using Confluent.Kafka;
using PaymentGuard.Events;

namespace PaymentGuard.Load;

/// <summary>Fills a topic beforehand, so that the producer takes nothing from the consumer that is measured, and watches a group drain it.</summary>
internal static class KafkaLoad
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), DrainPatience = TimeSpan.FromMinutes(3), Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Sends that many attempts and waits until all are there.</summary>
    public static void Fill(string brokers, string topic, PaymentSource payments, int count)
    {
        KafkaLibrary.Use();
        using var producer = KafkaClients.Producer(brokers, "paymentguard-load", error => Console.Error.WriteLine(error));
        var text = new byte[2 * IRequestSource.BodyLengthMax];
        for (var sent = 0; sent < count; sent++)
        {
            var length = payments.WriteEvent(text, out var account);
            producer.Produce(topic, new() { Key = System.Text.Encoding.UTF8.GetBytes(account), Value = text[..length] });
        }

        if (producer.Flush(DrainPatience) > 0) throw new TimeoutException($"Kafka did not take {count} messages in {DrainPatience}.");
    }

    /// <summary>Events a second, from when the group has taken the first <paramref name="warmUp"/> events to its last: start and assignment do not count.</summary>
    public static async Task<double> DrainRate(string brokers, string topic, string group, int warmUp)
    {
        using var watcher = KafkaClients.Reader(brokers, group);
        var partitions = Partitions(brokers, topic);
        var end = partitions.Sum(partition => watcher.QueryWatermarkOffsets(partition, Patience).High.Value);
        var before = Committed(watcher, partitions);
        var (begun, position) = (0L, before);
        for (var started = Stopwatch.GetTimestamp(); ; await Task.Delay(Look))
        {
            var committed = Committed(watcher, partitions);
            if (begun == 0 && committed >= before + warmUp) (begun, position) = (Stopwatch.GetTimestamp(), committed);
            if (committed >= end) return (committed - position) / Stopwatch.GetElapsedTime(begun).TotalSeconds;
            if (Stopwatch.GetElapsedTime(started) > DrainPatience)
                throw new TimeoutException($"{group} has committed {committed - before} of {end - before} events of {topic} in {DrainPatience}.");
        }
    }

    private static List<TopicPartition> Partitions(string brokers, string topic)
    {
        using var admin = KafkaClients.Admin(brokers);
        return [.. admin.GetMetadata(topic, Patience).Topics[0].Partitions.Select(partition => new TopicPartition(topic, partition.PartitionId))];
    }

    private static long Committed(IConsumer<byte[]?, byte[]?> watcher, List<TopicPartition> partitions) =>
        watcher.Committed(partitions, Patience).Sum(position => Math.Max(0, position.Offset.Value));
}
