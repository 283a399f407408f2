using System.Threading.Channels;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace PaymentGuard.Events;

/// <summary>
/// One membership in the group. Hands batches to <see cref="TakeMessages"/>: one is worked on while the next is collected. An offset is
/// stored, and then committed, only when all that its message causes is durable. While batches cannot be worked off, the partitions are
/// paused and polling goes on, so that the group keeps its member.
/// </summary>
internal sealed partial class ConsumerMembership(string bootstrap, TakeMessages take, TimeProvider clock, ILogger logger, CancellationToken ct)
{
    private const int BatchMax = 2_000;
    private static readonly TimeSpan IdleWait = TimeSpan.FromMilliseconds(100), BusyWait = TimeSpan.FromMilliseconds(2), PauseAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5), LagInterval = TimeSpan.FromSeconds(1);

    private readonly Channel<List<ConsumeResult<byte[]?, byte[]?>>> batches = Channel.CreateBounded<List<ConsumeResult<byte[]?, byte[]?>>>(1);
    private List<ConsumeResult<byte[]?, byte[]?>> batch = [];

    /// <summary>Ends when it is cancelled, or with an exception when something breaks that only a new membership mends.</summary>
    public void Run()
    {
        KafkaTopics.Ensure(bootstrap).GetAwaiter().GetResult();
        using var producer = new EventProducer(bootstrap, "paymentguard-rejected", logger);
        using var consumer = KafkaClients.Consumer(bootstrap)
            .SetErrorHandler((_, error) => LogError(logger, error.Code)).SetLogHandler((_, _) => { }).Build();
        consumer.Subscribe(KafkaTopics.Events);
        var taking = Task.Run(() => Take(consumer, producer), CancellationToken.None);
        try { Poll(consumer, taking); }
        finally
        {
            batches.Writer.TryComplete();
            taking.ContinueWith(_ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
            consumer.Close();           // commits what was stored
        }
        taking.GetAwaiter().GetResult();
    }

    private void Poll(IConsumer<byte[]?, byte[]?> consumer, Task taking)
    {
        var measured = clock.GetTimestamp();
        while (!ct.IsCancellationRequested && !taking.IsCompleted)
        {
            var isCaughtUp = !Collect(consumer, batch.Count == 0 ? IdleWait : BusyWait);
            if (batch.Count >= BatchMax && !WaitForRoom(consumer)) return;
            if (batch.Count > 0 && (isCaughtUp || batch.Count >= BatchMax) && batches.Writer.TryWrite(batch)) batch = [];
            if (clock.GetElapsedTime(measured) < LagInterval) continue;
            measured = clock.GetTimestamp();
            EventMetrics.SetLag(batch.Count + consumer.Assignment.Sum(partition => Behind(consumer, partition)));
        }
    }

    /// <summary>False when no message came in time.</summary>
    private bool Collect(IConsumer<byte[]?, byte[]?> consumer, TimeSpan wait)
    {
        try
        {
            if (consumer.Consume(wait) is not { } message) return false;
            batch.Add(message);
            return true;
        }
        catch (ConsumeException failure) when (!failure.Error.IsFatal)
        {
            LogError(logger, failure.Error.Code);
            return false;
        }
    }

    /// <summary>
    /// Waits until a batch can be handed over; false when there is nobody to take it. Pausing drops what the client has fetched ahead,
    /// so a short wait does without.
    /// </summary>
    private bool WaitForRoom(IConsumer<byte[]?, byte[]?> consumer)
    {
        var room = batches.Writer.WaitToWriteAsync(CancellationToken.None).AsTask();
        if (room.Wait(PauseAfter, CancellationToken.None)) return room.Result;
        while (!room.IsCompleted && !ct.IsCancellationRequested)
        {
            consumer.Pause(consumer.Assignment);        // again and again: a rebalance brings partitions that are not paused
            Collect(consumer, IdleWait);
        }
        consumer.Resume(consumer.Assignment);
        return room.IsCompletedSuccessfully && room.Result;
    }

    private async Task Take(IConsumer<byte[]?, byte[]?> consumer, EventProducer producer)
    {
        using var grace = new CancellationTokenSource();
        await using var stop = ct.Register(() => grace.CancelAfter(StopPatience));
        try
        {
            while (!ct.IsCancellationRequested && await batches.Reader.WaitToReadAsync(ct))
            {
                if (!batches.Reader.TryRead(out var taken)) continue;
                await take.Handle(taken, producer, grace.Token);
                StoreOffsets(consumer, taken);
            }
        }
        finally { batches.Writer.TryComplete(); }
    }

    private static void StoreOffsets(IConsumer<byte[]?, byte[]?> consumer, List<ConsumeResult<byte[]?, byte[]?>> taken)
    {
        foreach (var last in taken.GroupBy(message => message.TopicPartition, (_, messages) => messages.Last()))
        {
            try { consumer.StoreOffset(last); }
            catch (KafkaException moved) when (moved.Error.Code == ErrorCode.Local_State)
            {
                // The partition is another member's now: that one takes these messages again, which changes nothing.
            }
        }
    }

    private static long Behind(IConsumer<byte[]?, byte[]?> consumer, TopicPartition partition)
    {
        var (high, position) = (consumer.GetWatermarkOffsets(partition).High, consumer.Position(partition));
        return high == Offset.Unset || position == Offset.Unset ? 0 : Math.Max(0, high - position);
    }

    [LoggerMessage(LogLevel.Warning, "Kafka consumer: {Code}")]
    private static partial void LogError(ILogger logger, ErrorCode code);
}
