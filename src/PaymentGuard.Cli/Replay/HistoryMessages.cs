using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Events;
using PaymentGuard.Rules.Replay;

namespace PaymentGuard.Cli.Replay;

/// <summary>Payments of a history and their labels as a service takes them. The run's name goes into every id, so that each run begins with empty logs.</summary>
internal sealed class HistoryMessages(string run)
{
    public string PaymentId(in HistoricPayment payment) => string.Create(CultureInfo.InvariantCulture, $"{run}-{payment.Number}");

    public string AccountId(in HistoricPayment payment) => $"{run}-{payment.Customer}";

    /// <summary>The body of <c>POST /v1/assessments</c>.</summary>
    public byte[] Attempt(in HistoricPayment payment) => PaymentJson.Write(AttemptOf(payment));

    /// <summary>The CloudEvent <c>payment.attempted</c>.</summary>
    public byte[] AttemptEvent(in HistoricPayment payment) =>
        Event(EventType.Attempted, payment, payment.Time, JsonNode.Parse(Attempt(payment))!);

    /// <summary>The CloudEvent <c>payment.fraud_reported</c>, at the time when the label became known.</summary>
    public byte[] LabelEvent(in HistoricPayment payment) => Event(
        EventType.FraudReported, payment, payment.Time + LabelQueue.Delay, new JsonObject { ["payment"] = new JsonObject { ["id"] = PaymentId(payment) } });

    private PaymentAttempt AttemptOf(in HistoricPayment payment) => new(
        new PaymentFacts(PaymentId(payment), new Money(payment.AmountMinor, Currencies.Base), payment.Time),
        new AccountFacts(AccountId(payment)),
        new MerchantFacts($"{run}-{payment.Terminal}"),
        new CardFacts(AccountId(payment)),
        DeadlineMs: PaymentAttempt.DeadlineMsMax);

    private byte[] Event(string type, in HistoricPayment payment, DateTimeOffset time, JsonNode data) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["specversion"] = "1.0",
        ["id"] = $"{type}/{PaymentId(payment)}",
        ["source"] = $"/replay/{run}",
        ["type"] = type,
        ["time"] = time.ToString("O"),
        ["data"] = data,
    });
}
