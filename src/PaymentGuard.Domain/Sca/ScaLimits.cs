using System.Collections.Immutable;

namespace PaymentGuard.Domain.Sca;

/// <summary>The numbers of the exemptions, as <c>rules/sca.yaml</c> has them. What it has no numbers for is not exempt, and never converted.</summary>
/// <param name="LowValue">One entry for a region and currency.</param>
/// <param name="Tra">One entry for an instrument and currency.</param>
public sealed record ScaLimits(ImmutableArray<LowValueLimits> LowValue, ImmutableArray<TraBands> Tra)
{
    /// <summary>Null when there are none.</summary>
    public LowValueLimits? LowValueOf(string region, string currency) =>
        LowValue.FirstOrDefault(limits => limits.Region == region && limits.Currency == currency);

    /// <summary>Null when there are none.</summary>
    public TraBands? TraOf(PaymentInstrument instrument, string currency) =>
        Tra.FirstOrDefault(bands => bands.Instrument == instrument && bands.Currency == currency);
}
