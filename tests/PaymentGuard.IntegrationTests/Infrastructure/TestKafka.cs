using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using PaymentGuard.Events;

namespace PaymentGuard.IntegrationTests.Infrastructure;

/// <summary>One message, as a test sees it.</summary>
internal sealed record TestMessage(string Topic, string? Key, byte[]? Value, IReadOnlyDictionary<string, string> Headers)
{
    public string Text => Encoding.UTF8.GetString(Value ?? []);
}

/// <summary>Writes to and reads from a broker, as the platform around PaymentGuard does.</summary>
internal sealed class TestKafka : IDisposable
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(20);

    private readonly string bootstrap;
    private readonly IProducer<byte[]?, byte[]> producer;

    public TestKafka(string bootstrap)
    {
        KafkaLibrary.Use();
        this.bootstrap = bootstrap;
        producer = KafkaClients.Producer(bootstrap, "tests", _ => { });
    }

    /// <summary>Sends one message and waits until the broker has it.</summary>
    public async Task Send(string topic, string? key, string value) =>
        await producer.ProduceAsync(topic, new Message<byte[]?, byte[]> { Key = key is null ? null : Encoding.UTF8.GetBytes(key), Value = Encoding.UTF8.GetBytes(value) });

    /// <summary>
    /// Reads a topic from its beginning until the messages read satisfy the condition, and returns them; fails the test when the patience ends first.
    /// </summary>
    public IReadOnlyList<TestMessage> Read(string topic, Func<IReadOnlyList<TestMessage>, bool> until, TimeSpan patience)
    {
        using var reader = KafkaClients.Reader(bootstrap, "tests-" + Guid.NewGuid().ToString("N"));
        reader.Subscribe(topic);
        var read = new List<TestMessage>();
        for (var waited = Stopwatch.StartNew(); !until(read);)
        {
            Assert.True(waited.Elapsed < patience, $"After {patience.TotalSeconds:0} s, {read.Count} messages were read from {topic}, and what was waited for is not among them.");
            if (Consume(reader) is { IsPartitionEOF: false } result) read.Add(Convert(result));
        }
        reader.Close();
        return read;
    }

    /// <summary>All messages that a topic holds now; none when it is absent.</summary>
    public IReadOnlyList<TestMessage> ReadToEnd(string topic)
    {
        using var reader = KafkaClients.Reader(bootstrap, "tests");
        var open = PartitionsOf(topic);
        reader.Assign(open.Select(partition => new TopicPartitionOffset(partition, Offset.Beginning)));
        var read = new List<TestMessage>();
        for (var waited = Stopwatch.StartNew(); open.Count > 0;)
        {
            Assert.True(waited.Elapsed < EndPatience, $"After {EndPatience.TotalSeconds:0} s, {read.Count} messages were read from {topic}, and its end is not reached.");
            if (Consume(reader) is not { } result) continue;
            if (result.IsPartitionEOF) open.Remove(result.TopicPartition);
            else read.Add(Convert(result));
        }
        return read;
    }

    /// <summary>How many messages of a topic PaymentGuard has not committed yet.</summary>
    public long CountUncommitted(string topic)
    {
        using var reader = KafkaClients.Reader(bootstrap, KafkaClients.ConsumerGroup);
        return reader.Committed(PartitionsOf(topic), EndPatience).Sum(committed =>
        {
            var range = reader.QueryWatermarkOffsets(committed.TopicPartition, EndPatience);
            return range.High.Value - (committed.Offset.IsSpecial ? range.Low.Value : committed.Offset.Value);
        });
    }

    public void Dispose()
    {
        producer.Flush(TimeSpan.FromSeconds(5));
        producer.Dispose();
    }

    private HashSet<TopicPartition> PartitionsOf(string topic)
    {
        using var admin = KafkaClients.Admin(bootstrap);
        return [.. admin.GetMetadata(topic, EndPatience).Topics.Single().Partitions.Select(partition => new TopicPartition(topic, partition.PartitionId))];
    }

    private static ConsumeResult<byte[]?, byte[]?>? Consume(IConsumer<byte[]?, byte[]?> reader)
    {
        try { return reader.Consume(TimeSpan.FromMilliseconds(200)); }
        catch (ConsumeException absent) when (absent.Error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic) { return null; }
    }

    private static TestMessage Convert(ConsumeResult<byte[]?, byte[]?> result) => new(
        result.Topic,
        result.Message.Key is { } key ? Encoding.UTF8.GetString(key) : null,
        result.Message.Value,
        result.Message.Headers.GroupBy(header => header.Key).ToDictionary(header => header.Key, header => Encoding.UTF8.GetString(header.Last().GetValueBytes())));
}
