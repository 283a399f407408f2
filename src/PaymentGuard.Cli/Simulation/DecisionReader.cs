using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Confluent.Kafka;
using PaymentGuard.Events;

namespace PaymentGuard.Cli.Simulation;

/// <summary>Reads what is published on <see cref="KafkaTopics.Decisions"/> from now on, on a thread of its own.</summary>
internal sealed class DecisionReader : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), SilenceMax = TimeSpan.FromSeconds(30);

    private readonly IConsumer<byte[]?, byte[]?> consumer;
    private readonly ConcurrentDictionary<string, Answer> answers = new();
    private readonly Action<Answer> onFirst;
    private readonly CancellationTokenSource end = new();
    private readonly Task reading;

    /// <param name="onFirst">Is told each payment's answer once.</param>
    public DecisionReader(string bootstrap, Action<Answer> onFirst)
    {
        this.onFirst = onFirst;
        consumer = KafkaClients.Reader(bootstrap, "paymentguard-simulate");
        consumer.Assign(Ends(bootstrap));
        reading = Task.Factory.StartNew(Read, TaskCreationOptions.LongRunning);
    }

    /// <summary>By payment id.</summary>
    public IReadOnlyDictionary<string, Answer> Answers => answers;

    /// <summary>Waits until all these payments' decisions were read; ends early when none comes for half a minute.</summary>
    public async Task WaitFor(IReadOnlyCollection<string> payments, CancellationToken ct)
    {
        var (seen, sinceLast) = (-1, Stopwatch.StartNew());
        while (!payments.All(answers.ContainsKey) && sinceLast.Elapsed < SilenceMax)
        {
            if (answers.Count > seen) (seen, sinceLast) = (answers.Count, Stopwatch.StartNew());
            await Task.Delay(50, ct);
        }
    }

    public void Dispose()
    {
        end.Cancel();
        reading.Wait();
        consumer.Close();
        consumer.Dispose();
        end.Dispose();
    }

    private List<TopicPartitionOffset> Ends(string bootstrap)
    {
        using var admin = KafkaClients.Admin(bootstrap);
        var topic = admin.GetMetadata(KafkaTopics.Decisions, Patience).Topics.Single();
        return [.. topic.Partitions.Select(partition => End(new TopicPartition(topic.Topic, partition.PartitionId)))];
    }

    private TopicPartitionOffset End(TopicPartition partition)
    {
        for (var waited = Stopwatch.StartNew(); ; )
        {
            try { return new TopicPartitionOffset(partition, consumer.QueryWatermarkOffsets(partition, Patience).High); }
            catch (KafkaException early) when (early.Error.Code is ErrorCode.NotLeaderForPartition or ErrorCode.LeaderNotAvailable or ErrorCode.UnknownTopicOrPart && waited.Elapsed < Patience)
            {
                // The topic was made a moment ago, and its leader does not serve it yet.
                end.Token.WaitHandle.WaitOne(50);
            }
        }
    }

    private void Read()
    {
        while (!end.IsCancellationRequested)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is not { IsPartitionEOF: false, Message.Value: { } json }) continue;
            using var decision = JsonDocument.Parse(json);
            var answer = Answer.Read(decision.RootElement.GetProperty("data"));
            if (answers.TryAdd(answer.PaymentId, answer)) onFirst(answer);
        }
    }
}
