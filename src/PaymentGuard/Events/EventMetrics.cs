using System.Diagnostics.Metrics;
using PaymentGuard.Platform;

namespace PaymentGuard.Events;

/// <summary>What is counted of events, under the meter of <see cref="Metrics"/>. The only tag is a rejection's reason.</summary>
internal static class EventMetrics
{
    private static readonly Meter Meter = new(Metrics.MeterName);
    private static long lag, depth;

    /// <summary>Events from Kafka whose effect is durable.</summary>
    public static readonly Counter<long> Taken = Meter.CreateCounter<long>("paymentguard.events.taken");

    /// <summary>Messages sent to <see cref="KafkaTopics.Rejected"/>; tag <c>reason</c>.</summary>
    public static readonly Counter<long> Rejected = Meter.CreateCounter<long>("paymentguard.events.rejected");

    /// <summary>Decisions that Kafka has acknowledged.</summary>
    public static readonly Counter<long> Published = Meter.CreateCounter<long>("paymentguard.outbox.published");

    /// <summary>Messages of this process's partitions that are not taken yet.</summary>
    public static readonly ObservableGauge<long> Lag = Meter.CreateObservableGauge("paymentguard.events.lag", () => Volatile.Read(ref lag));

    /// <summary>Decisions that wait to be published, as far as this process, being the publisher, has counted.</summary>
    public static readonly ObservableGauge<long> OutboxDepth = Meter.CreateObservableGauge("paymentguard.outbox.depth", () => Volatile.Read(ref depth));

    public static void SetLag(long messages) => Volatile.Write(ref lag, messages);

    public static void SetOutboxDepth(long decisions) => Volatile.Write(ref depth, decisions);
}
