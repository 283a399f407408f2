using PaymentGuard.Rules;
using PaymentGuard.Sca;

namespace PaymentGuard.Tests.Sca;

public sealed class ScaFileTests
{
    private const string LowValue = "low_value:\n  - { region: EU, amount_max: 30 EUR, cumulative_max: 100 EUR, count_max: 5 }\n";
    private const string Tra = "tra:\n  - { instrument: card, amount_max: 100 EUR, fraud_rate_max: 0.13% }\n";

    [Fact]
    public void Read_BothParts_HasTheNumbers()
    {
        var limits = ScaFile.Read(new SourceFile(ScaFile.Name, LowValue + Tra), []);
        Assert.Equal((3_000, 10_000, 5), limits.LowValue.Select(one => (one.AmountMinorMax, one.CumulativeMinorMax, one.CountMax)).Single());
        Assert.Equal((10_000, 130_000), limits.Tra.Single().Bands.Select(band => (band.ThresholdMinor, band.Reference.HundredMillionths)).Single());
    }

    [Theory]
    [InlineData("30 EUR", "30")]
    [InlineData("30 EUR", "0 EUR")]
    [InlineData("100 EUR, count", "100 GBP, count")]
    [InlineData("count_max: 5", "count_max: -1")]
    [InlineData("count_max: 5", "count_max: 5, often: 1")]
    [InlineData("instrument: card", "instrument: cheque")]
    [InlineData("0.13%", "0.13")]
    [InlineData("0.13%", "0.1300001%")]
    [InlineData("0.13%", "101%")]
    [InlineData("0.13% }\n", "0.13% }\n  - { instrument: card, amount_max: 90 EUR, fraud_rate_max: 0.1% }\n")]
    [InlineData("0.13% }\n", "0.13% }\n  - { instrument: card, amount_max: 250 EUR, fraud_rate_max: 0.2% }\n")]
    [InlineData("tra:", "risk:")]
    public void Read_Mistake_IsReportedWithItsPlace(string part, string replacement)
    {
        var diagnostics = new List<RuleDiagnostic>();
        ScaFile.Read(new SourceFile(ScaFile.Name, (LowValue + Tra).Replace(part, replacement)), diagnostics);
        Assert.NotEmpty(diagnostics);
        Assert.All(diagnostics, diagnostic => Assert.Matches(@"^sca\.yaml:\d+:\d+", diagnostic.ToString()));
    }
}
