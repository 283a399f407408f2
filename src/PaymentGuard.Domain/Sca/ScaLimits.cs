using System.Collections.Immutable;
using PaymentGuard.Domain.Rules;

namespace PaymentGuard.Domain.Sca;

/// <summary>The numbers of the exemptions, as <c>rules/sca.yaml</c> has them. What it has no numbers for is not exempt, and never converted.</summary>
/// <param name="LowValue">One entry for a region and currency.</param>
/// <param name="Tra">One entry for an instrument and currency.</param>
/// <param name="Counter">What low value counts since the last strong authentication.</param>
/// <param name="Findings">Which rules' hits are which finding. Null: nobody looks for them, so no risk is known to be low.</param>
public sealed record ScaLimits(
    ImmutableArray<LowValueLimits> LowValue, ImmutableArray<TraBands> Tra, LowValueCounter Counter = LowValueCounter.Count,
    ImmutableDictionary<RiskFinding, ImmutableArray<string>>? Findings = null)
{
    /// <summary>Nothing is exempt that depends on a number.</summary>
    public static ScaLimits None { get; } = new([], []);

    /// <summary>Null when there are none.</summary>
    public LowValueLimits? LowValueOf(string region, string currency) =>
        LowValue.FirstOrDefault(limits => limits.Region == region && limits.Currency == currency);

    /// <summary>Where the region is not known, the first limits in the currency. Null when there are none.</summary>
    public LowValueLimits? LowValueOf(string currency) => LowValue.FirstOrDefault(limits => limits.Currency == currency);

    /// <summary>Null when there are none.</summary>
    public TraBands? TraOf(PaymentInstrument instrument, string currency) =>
        Tra.FirstOrDefault(bands => bands.Instrument == instrument && bands.Currency == currency);

    /// <summary>What the rules found, those in shadow too. Null when nobody looked for some finding.</summary>
    public IReadOnlyCollection<RiskFinding>? FindingsAmong(IReadOnlyList<RuleHit> hits) =>
        Findings is null ? null : [.. Findings.Where(finding => hits.Any(hit => finding.Value.Contains(hit.Rule))).Select(finding => finding.Key)];
}
