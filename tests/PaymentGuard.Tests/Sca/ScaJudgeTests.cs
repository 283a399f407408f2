using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Sca;
using PaymentGuard.Rules;
using PaymentGuard.Sca;

namespace PaymentGuard.Tests.Sca;

/// <summary>Whether one payment needs strong authentication, with all that is known given.</summary>
public sealed class ScaJudgeTests
{
    private static readonly Quarter Last = new(2026, 3);
    private static readonly FraudRate Good = new(5, 100_000), Fair = new(100, 100_000), Bad = new(200, 100_000);     // 0.005 %, 0.1 %, 0.2 %
    private static readonly ScaLimits Limits = ReadLimits(ScaCasesTests.ShippedLimits());
    private static readonly AccountHistory NewAccount = new(default, SeriesHistory.None);
    private static readonly PaymentTerms Terms = new(5_000, "EUR", "m_1");

    [Theory]
    [InlineData("merchant", null, null, ScaExemption.MerchantInitiated)]
    [InlineData("payer", null, null, ScaExemption.LowValue)]
    [InlineData(null, "US", null, ScaExemption.OneLegOut)]
    [InlineData(null, null, "CN", ScaExemption.OneLegOut)]
    [InlineData("merchant", "US", null, ScaExemption.MerchantInitiated)]
    [InlineData(null, "GB", "DE", null)]            // limits of the United Kingdom are in pounds, so this one is not of low value
    [InlineData(null, "IS", "LI", ScaExemption.LowValue)]
    [InlineData(null, "RE", "AX", ScaExemption.LowValue)]
    public void Judge_Scope_IsLookedAtFirst(string? initiatedBy, string? payerCountry, string? payeeCountry, ScaExemption? exemption)
    {
        var facts = new ScaFacts(InitiatedBy: initiatedBy, PayerCountry: payerCountry, PayeeCountry: payeeCountry);
        Assert.Equal(exemption, Judge(Pay(1_000, facts), Known(NewAccount)).Exemption);
    }

    [Theory]
    [InlineData(null, null, null, "US", true)]
    [InlineData(null, null, "US", null, true)]
    [InlineData(null, "US", null, null, true)]
    [InlineData(null, "DE", "US", null, false)]     // the card's country counts before the account's
    [InlineData("DE", "US", null, null, false)]
    [InlineData(null, null, null, null, false)]
    public void Judge_CountriesNotTold_AreThoseOfCardAccountAndMerchant(string? told, string? card, string? account, string? merchant, bool isOut)
    {
        var facts = new ScaFacts(PayerCountry: told);
        var attempt = new PaymentAttempt(
            new PaymentFacts("p", new Money(1_000, "EUR")), new AccountFacts("a", Country: account), new MerchantFacts("m_1", Country: merchant), new CardFacts(Country: card), Sca: facts);
        Assert.Equal(isOut, Judge(attempt, Known(NewAccount)).Exemption == ScaExemption.OneLegOut);
    }

    [Theory]
    [InlineData(3_000, 5, true)]
    [InlineData(3_000, 6, false)]
    [InlineData(3_001, 0, false)]
    public void Judge_LowValueByCount_IsExemptUpToTheLimits(long minor, int previous, bool isExempt)
    {
        var verdict = Judge(Pay(minor), Known(NewAccount with { Totals = new LowValueTotals(previous, previous * 5_000L) }));
        Assert.Equal(isExempt, verdict.Exemption == ScaExemption.LowValue);
        if (minor <= 3_000 && !isExempt) Assert.Equal(ScaReason.CountAboveLimit, verdict.Reason);
    }

    [Theory]
    [InlineData(10_000, true)]
    [InlineData(10_001, false)]
    public void Judge_LowValueByAmount_CountsAmountsOnly(long sum, bool isExempt)
    {
        var verdict = Judge(Pay(3_000), Known(NewAccount with { Totals = new LowValueTotals(50, sum) }), Limits with { Counter = LowValueCounter.Amount });
        Assert.Equal(isExempt ? null : ScaReason.CumulativeAmountAboveLimit, verdict.Reason);
    }

    [Fact]
    public void Judge_TrustedPayee_NeedsAPayeeAndNoFacts()
    {
        Assert.Equal(ScaExemption.TrustedPayee, Judge(Pay(90_000, new ScaFacts(TrustedPayee: true)), Known(null)).Exemption);
        Assert.Equal(ScaReason.PayeeUnknown, Judge(Pay(90_000, new ScaFacts(TrustedPayee: true), payee: null), Known(NewAccount)).Reason);
        Assert.Equal(ScaReason.NoFraudRate, Judge(Pay(90_000, new ScaFacts(TrustedPayee: false)), Known(NewAccount)).Reason);
    }

    public static TheoryData<SeriesHistory, ScaReason?> Series => new()
    {
        { SeriesHistory.None, ScaReason.FirstOfSeries },
        { new SeriesHistory(true, null), ScaReason.SeriesStartedWithoutSca },
        { new SeriesHistory(true, Terms), null },
        { new SeriesHistory(true, Terms with { AmountMinor = 4_999 }), ScaReason.SeriesTermsDiffer },
        { new SeriesHistory(true, Terms with { Currency = "GBP" }), ScaReason.SeriesTermsDiffer },
        { new SeriesHistory(true, Terms with { PayeeId = "m_2" }), ScaReason.SeriesTermsDiffer },
    };

    [Theory]
    [MemberData(nameof(Series))]
    public void Judge_Series_IsExemptForItsOwnTerms(SeriesHistory series, ScaReason? reason)
    {
        var verdict = Judge(Pay(5_000, new ScaFacts(SeriesId: "s")), Known(NewAccount with { Series = series }));
        Assert.Equal((reason is null ? ScaExemption.Recurring : null, reason), (verdict.Exemption, verdict.Reason));
    }

    [Fact]
    public void Judge_SeriesWithoutPayee_IsNotRecurring() =>
        Assert.Equal(ScaReason.PayeeUnknown, Judge(Pay(5_000, new ScaFacts(SeriesId: "s"), payee: null), Known(NewAccount)).Reason);

    [Theory]
    [InlineData(10_000, null)]
    [InlineData(10_001, ScaReason.AmountAboveBand)]
    public void Judge_TransactionRisk_IsExemptUpToTheBandOfTheRate(long minor, ScaReason? reason) =>
        Assert.Equal(reason, Judge(Pay(minor), Known(NewAccount, Fair)).Reason);

    public static TheoryData<FraudRate[], ScaReason?> Quarters => new()
    {
        { [], ScaReason.NoFraudRate },
        { [Bad], ScaReason.FraudRateAboveAllBands },
        { [Good], null },
        { [Good, Bad], null },                                  // one bad quarter does not stop the use
        { [Good, Bad, Bad], ScaReason.FraudRateAboveAllBands },
        { [Good, Bad, Bad, Good], null },
        { [Good, default], ScaReason.NoFraudRate },             // no payments in the quarter in force
    };

    [Theory]
    [MemberData(nameof(Quarters))]
    public void Judge_TransactionRisk_StopsAfterTwoBadQuarters(FraudRate[] rates, ScaReason? reason) => Assert.Equal(reason, Judge(Pay(10_000), Known(NewAccount, rates)).Reason);

    [Fact]
    public void Judge_TransactionRisk_NeedsEverythingKnownAndNothingFound()
    {
        var known = Known(NewAccount, Good);
        Assert.Equal(ScaExemption.TransactionRisk, Judge(Pay(50_000), known).Exemption);
        Assert.Equal(ScaReason.RiskFound, Judge(Pay(50_000), known with { Findings = [RiskFinding.KnownFraudScenario] }).Reason);
        Assert.Equal(ScaReason.RiskAnalysisIncomplete, Judge(Pay(50_000), known with { Findings = null }).Reason);
        Assert.Equal(ScaReason.FactsUnknown, Judge(Pay(50_000), known with { Rates = null }).Reason);
        Assert.Equal(ScaReason.FactsUnknown, Judge(Pay(50_000), known with { Account = null }).Reason);
        Assert.Equal(ScaReason.InstrumentUnknown, Judge(Pay(50_000, new ScaFacts("other")), known).Reason);
        Assert.Equal(ScaReason.NoLimitsForCurrency, Judge(Pay(50_000, currency: "USD"), known).Reason);
        Assert.Equal(ScaReason.NoLimitsForCurrency, Judge(Pay(50_000), known, ScaLimits.None).Reason);
        Assert.Equal(ScaReason.AmountAboveLimit, Judge(Pay(50_000), known, Limits with { Tra = [] }).Reason);
    }

    [Fact]
    public void Judge_NothingHolds_TellsWhatWasAskedForFirst()
    {
        var full = new AccountHistory(new LowValueTotals(9, 90_000), SeriesHistory.None);
        Assert.Equal(ScaReason.PayeeUnknown, Judge(Pay(1_000, new ScaFacts(TrustedPayee: true, SeriesId: "s"), payee: null), Known(full, Bad)).Reason);
        Assert.Equal(ScaReason.FirstOfSeries, Judge(Pay(1_000, new ScaFacts(SeriesId: "s")), Known(full, Bad)).Reason);
        Assert.Equal(ScaReason.CountAboveLimit, Judge(Pay(1_000), Known(full, Bad)).Reason);
        Assert.Equal(ScaReason.FraudRateAboveAllBands, Judge(Pay(5_000), Known(full, Bad)).Reason);
    }

    [Theory]
    [InlineData("rule-live", RuleMode.Live, true)]
    [InlineData("rule-live", RuleMode.Shadow, true)]
    [InlineData("another", RuleMode.Live, false)]
    public void FindingsAmong_HitsOfNamedRules_AreFindings(string rule, RuleMode mode, bool isFinding)
    {
        var limits = Limits with { Findings = Limits.Findings!.SetItem(RiskFinding.KnownFraudScenario, ["rule-live"]) };
        Assert.Equal(isFinding, limits.FindingsAmong([new RuleHit("X", rule, mode)])!.Contains(RiskFinding.KnownFraudScenario));
    }

    /// <summary>Whatever is known and asked, an exemption leaves the decision as it is, and what is required is never just approved.</summary>
    [Fact]
    public void WithSca_AnyPayment_NeverMakesADecisionMilder()
    {
        var cases =
            from decision in Gen.Elements(Decision.Approve, Decision.Challenge, Decision.Review, Decision.Decline)
            from minor in Gen.Choose(0, 60_000)
            from facts in Facts
            from known in Knowledge
            select (decision, minor, facts, known);
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(3_000), Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var verdict = Judge(Pay(one.minor, one.facts), one.known);
            var before = new AnswerDraft(Guid.Empty, "p", one.decision, 0, [], [], "", 0);
            foreach (var after in new[] { before.WithSca(verdict), before.WithSca(verdict).WithoutPostgres(), before.WithSca(verdict).OfFrozenAccount() })
            {
                var isMilder = after.Decision < one.decision && !(one.decision == Decision.Challenge && after.Decision == Decision.Review);
                if (isMilder || (verdict.IsRequired && after.Decision == Decision.Approve)) return false;
            }
            return (verdict.Exemption is null) != (verdict.Reason is null) && (verdict.IsRequired || before.WithSca(verdict).Decision == one.decision);
        }));
    }

    /// <summary>However the payments come, the counter lets at most six through between two strong authentications, or amounts until more than the limit was spent.</summary>
    [Theory]
    [InlineData(LowValueCounter.Count)]
    [InlineData(LowValueCounter.Amount)]
    public void Judge_AnySeriesOfPayments_KeepsTheCounter(LowValueCounter counter)
    {
        var steps = Gen.ListOf(from minor in Gen.Choose(1, 4_000) from isAuthenticated in Gen.Elements(true, false) select (minor, isAuthenticated), 60);
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(steps.ToArbitrary(), payments =>
        {
            var exemptSince = new List<int>();
            var totals = default(LowValueTotals);
            foreach (var (minor, isAuthenticated) in payments)
            {
                var isExempt = Judge(Pay(minor), Known(new AccountHistory(totals, SeriesHistory.None)), Limits with { Counter = counter }).Exemption == ScaExemption.LowValue;
                var mayBe = minor <= 3_000 && (counter == LowValueCounter.Count ? exemptSince.Count <= 5 : exemptSince.Sum() <= 10_000);
                if (isExempt != mayBe) return false;
                if (isExempt) exemptSince.Add(minor);
                else if (isAuthenticated) exemptSince.Clear();
                totals = new LowValueTotals(exemptSince.Count, exemptSince.Sum());
            }
            return true;
        }));
    }

    [Fact]
    public void WithoutPostgres_LowValue_IsReviewedBecauseNobodyCounted()
    {
        var draft = new AnswerDraft(Guid.Empty, "p", Decision.Approve, 0, [], [], "", 0).WithSca(ScaVerdict.Exempt(ScaExemption.LowValue)).WithoutPostgres();
        Assert.Equal((Decision.Review, ScaReason.FactsUnknown), (draft.Decision, draft.Sca!.Reason));
        Assert.Equal(["account.frozen", "challenge", "sca"], draft.Degraded);
        var trusted = new AnswerDraft(Guid.Empty, "p", Decision.Approve, 0, [], [], "", 0).WithSca(ScaVerdict.Exempt(ScaExemption.TrustedPayee)).WithoutPostgres();
        Assert.Equal((Decision.Approve, ScaExemption.TrustedPayee), (trusted.Decision, trusted.Sca!.Exemption));
    }

    private static Gen<ScaFacts> Facts =>
        from instrument in Gen.Elements("card", "credit_transfer", "other", null)
        from initiatedBy in Gen.Elements("payer", "merchant", null)
        from series in Gen.Elements("s", null)
        from trusted in Gen.Elements<bool?>(true, false, null)
        from country in Gen.Elements("DE", "GB", "US", null)
        select new ScaFacts(instrument, initiatedBy, series, trusted, country);

    private static Gen<ScaKnowledge> Knowledge =>
        from account in Gen.Elements(null, NewAccount, new AccountHistory(new LowValueTotals(6, 20_000), new SeriesHistory(true, Terms)))
        from rate in Gen.Elements(Good, Fair, Bad, default)
        from findings in Gen.Elements(null, Array.Empty<RiskFinding>(), [RiskFinding.MalwareInSession])
        select Known(account, rate) with { Findings = findings };

    private static PaymentAttempt Pay(long minor, ScaFacts? facts = null, string? payee = "m_1", string currency = "EUR") => new(
        new PaymentFacts("p", new Money(minor, currency)), new AccountFacts("a"), payee is null ? null : new MerchantFacts(payee), new CardFacts("tok"), Sca: facts ?? new ScaFacts());

    /// <param name="rates">Of the quarters up to the last one.</param>
    private static ScaKnowledge Known(AccountHistory? account, params FraudRate[] rates)
    {
        var quarters = rates.Select((rate, n) => new QuarterRate(FraudRates.Back(Last, rates.Length - 1 - n), rate)).ToList();
        return new ScaKnowledge(account, quarters, Last, []);
    }

    private static ScaVerdict Judge(PaymentAttempt attempt, ScaKnowledge known, ScaLimits? limits = null) => ScaJudge.Judge(attempt, attempt.Sca!, limits ?? Limits, known);

    private static ScaLimits ReadLimits(string text)
    {
        var diagnostics = new List<RuleDiagnostic>();
        var limits = ScaFile.Read(new SourceFile(ScaFile.Name, text), diagnostics);
        Assert.Empty(diagnostics);
        return limits;
    }
}
