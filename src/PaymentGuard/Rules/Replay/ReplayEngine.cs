using System.Globalization;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Rules.Replay;

/// <summary>
/// Assesses payments of a history one after the other as the service would have: the same rules, the same velocities over the same
/// records, in the time of the payments. A label that becomes known in the second of a payment comes before it. Not thread safe.
/// </summary>
internal sealed class ReplayEngine(RuleSet rules, IReferenceData reference, LabelQueue labels)
{
    // A label joins its payment, which must still be in the log when the label leaves the longest window.
    private readonly InProcessVelocityStore store = new(rules.VelocityPlan.ReachMs + (long)LabelQueue.Delay.TotalMilliseconds);
    private readonly VelocityAttempt attempt = new(rules.VelocitySettings);
    private readonly Dictionary<string, (AccountFacts Account, CardFacts Card)> customers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MerchantFacts> merchants = new(StringComparer.Ordinal);

    /// <summary>What the last payment gave the rules.</summary>
    public Signals Signals { get; } = new(rules.Layout.SlotCount);

    /// <summary>Assesses the next payment; none may be earlier than the one before.</summary>
    public RuleSetOutcome Assess(in HistoricPayment payment)
    {
        foreach (var fraud in labels.KnownBy(payment.Time)) Report(fraud);
        var request = RequestOf(payment);
        attempt.Fill(EntityHasher.InProcess, request, payment.Time, reference);
        Signals.Reset();
        rules.FillAttributes(request, payment.Time, reference, Signals);
        store.AppendAndRead(attempt, rules.VelocityPlan, Signals);
        labels.Expect(payment);
        return rules.Evaluate(Signals, request);
    }

    private void Report(in HistoricPayment fraud)
    {
        attempt.Fill(EntityHasher.InProcess, RequestOf(fraud), fraud.Time, reference);
        store.Append(VelocityEvent.Outcome(attempt, VelocityEventType.FraudReported, fraud.Time + LabelQueue.Delay, tieRank: 0));
    }

    private PaymentAttempt RequestOf(in HistoricPayment payment)
    {
        if (!customers.TryGetValue(payment.Customer, out var customer))
            customers.Add(payment.Customer, customer = (new AccountFacts(payment.Customer), new CardFacts(payment.Customer)));
        if (!merchants.TryGetValue(payment.Terminal, out var merchant))
            merchants.Add(payment.Terminal, merchant = new MerchantFacts(payment.Terminal));
        var id = string.Create(CultureInfo.InvariantCulture, $"{payment.Number}");
        var facts = new PaymentFacts(id, new Money(payment.AmountMinor, Currencies.Base), payment.Time);
        return new PaymentAttempt(facts, customer.Account, merchant, customer.Card);
    }
}
