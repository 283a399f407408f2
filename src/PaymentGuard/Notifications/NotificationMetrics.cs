using System.Diagnostics.Metrics;
using PaymentGuard.Platform;

namespace PaymentGuard.Notifications;

/// <summary>What is counted of messages to buyers, under the meter of <see cref="Metrics"/>. The only tag is the channel.</summary>
internal static class NotificationMetrics
{
    private static readonly Meter Meter = new(Metrics.MeterName);

    /// <summary>Messages that their receivers have.</summary>
    public static readonly Counter<long> Sent = Meter.CreateCounter<long>("paymentguard.messages.sent");

    /// <summary>Attempts that failed.</summary>
    public static readonly Counter<long> Failed = Meter.CreateCounter<long>("paymentguard.messages.failed");

    /// <summary>Messages whose time was over before they could be sent.</summary>
    public static readonly Counter<long> GivenUp = Meter.CreateCounter<long>("paymentguard.messages.given_up");
}
