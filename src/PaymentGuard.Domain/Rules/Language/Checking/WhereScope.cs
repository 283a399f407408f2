using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Domain.Rules.Language.Checking;

/// <summary>What a <c>where:</c> may ask of a logged attempt or account event.</summary>
internal static class WhereScope
{
    public const string SamePrefix = "same_";

    public static readonly string[] Outcomes = ["authorized", "declined"];

    public static readonly AttributeDefinition Outcome = new("outcome", SignalType.Text, "The issuer's word on the attempt: authorized or declined; missing while there is none.");
    public static readonly AttributeDefinition Fraud = new("fraud", SignalType.Bool, "Whether the attempt was reported as fraud and not cleared since.");
    public static readonly AttributeDefinition Amount = new("amount", SignalType.Money, $"The attempt's amount in {Currencies.Base}; missing when no rate was known.");

    public static LanguageScope Of(VelocityEntity entity) => new([Outcome, Fraud, Amount, .. entity.Partners.Select(Same)]) { IsWhere = true };

    /// <summary>Of an account event: only its partners, and those only where both sides tell them.</summary>
    public static LanguageScope OfEvents(VelocityEntity entity) => new(entity.Partners.Select(SameInEvent)) { IsWhere = true };

    private static AttributeDefinition SameInEvent(string partner) => new(
        SamePrefix + partner, SignalType.Bool, $"Whether the event had the same {partner} as the payment being assessed; missing where one of them does not tell.");

    private static AttributeDefinition Same(string partner) =>
        new(SamePrefix + partner, SignalType.Bool, $"Whether the attempt had the same {partner} as the payment being assessed.");
}
