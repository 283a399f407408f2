using System.Diagnostics.Metrics;

namespace PaymentGuard.Platform;

/// <summary>What the process counts, under the meter <c>PaymentGuard</c>. No value and no tag names a payment, an account or a person.</summary>
internal static class Metrics
{
    public const string MeterName = "PaymentGuard";

    private static readonly Meter Meter = new(MeterName);

    /// <summary>New decisions; tags <c>decision</c> and <c>origin</c>.</summary>
    public static readonly Counter<long> Decisions = Meter.CreateCounter<long>("paymentguard.decisions");

    /// <summary>Decisions that were made without some velocity or list.</summary>
    public static readonly Counter<long> Degraded = Meter.CreateCounter<long>("paymentguard.decisions.degraded");

    /// <summary>Answers given with <c>recorded</c> false.</summary>
    public static readonly Counter<long> Unrecorded = Meter.CreateCounter<long>("paymentguard.answers.unrecorded");

    /// <summary>Payments that got two answers while both stores were away. Anything but 0 is worth a look at the log.</summary>
    public static readonly Counter<long> DoubledAnswers = Meter.CreateCounter<long>("paymentguard.answers.doubled");

    /// <summary>Requests refused because too much was in work.</summary>
    public static readonly Counter<long> Overloaded = Meter.CreateCounter<long>("paymentguard.requests.overloaded");

    /// <summary>From a request's arrival to its answer.</summary>
    public static readonly Histogram<double> AnswerTime = Meter.CreateHistogram<double>("paymentguard.answer.duration", "ms");

    /// <summary>Has the meter ask for the number of assessments in the spool.</summary>
    public static void ObserveSpool(Func<int> depth) => Meter.CreateObservableGauge("paymentguard.spool.depth", depth);
}
