using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Sca;

namespace PaymentGuard.Tests.Sca;

public sealed class ExemptionTests
{
    private static readonly PaymentTerms Terms = new(1_299, "EUR", "m-100");

    [Fact]
    public void BeneficiaryList_EveryCircumstance_IsExemptInOneOnly()
    {
        var exempt =
            from keeper in Enum.GetValues<ListKeeper>()
            from isMadeWithSca in new[] { true, false }
            from action in Enum.GetValues<ListAction>()
            from isOnList in new[] { true, false }
            where new BeneficiaryList(keeper, isMadeWithSca).Judge(action, isOnList) == BeneficiaryOutcome.Exempt
            select (keeper, isMadeWithSca, action, isOnList);
        Assert.Equal([(ListKeeper.AccountProvider, true, ListAction.Pay, true)], exempt);
    }

    [Theory]
    [InlineData(SeriesAction.CreateSeries, false, true, RecurringOutcome.SeriesIsChanged)]
    [InlineData(SeriesAction.AmendSeries, false, true, RecurringOutcome.SeriesIsChanged)]
    [InlineData(SeriesAction.Pay, true, true, RecurringOutcome.FirstOfSeries)]
    [InlineData(SeriesAction.Pay, false, false, RecurringOutcome.SeriesStartedWithoutSca)]
    [InlineData(SeriesAction.Pay, false, true, RecurringOutcome.Exempt)]
    public void RecurringSeries_SameTerms_AreExemptAfterAnAuthenticatedStart(SeriesAction action, bool isFirst, bool isStartedWithSca, RecurringOutcome outcome) =>
        Assert.Equal(outcome, new RecurringSeries(Terms, isStartedWithSca).Judge(action, isFirst, new PaymentTerms(1_299, "EUR", "m-100")));

    [Theory]
    [InlineData(1_298, "EUR", "m-100", new[] { PaymentTerm.Amount })]
    [InlineData(1_299, "GBP", "m-100", new[] { PaymentTerm.Currency })]
    [InlineData(1_299, "EUR", "m-10", new[] { PaymentTerm.Payee })]
    [InlineData(1_299, "EUR", "M-100", new[] { PaymentTerm.Payee })]
    [InlineData(1, "USD", "m-101", new[] { PaymentTerm.Amount, PaymentTerm.Currency, PaymentTerm.Payee })]
    public void ChangedTerms_NeitherExemptNorCoveredByTheCode(long amountMinor, string currency, string payeeId, PaymentTerm[] changed)
    {
        var other = new PaymentTerms(amountMinor, currency, payeeId);
        Assert.Equal(changed, Terms.ChangedIn(other));
        Assert.Equal(RecurringOutcome.TermsDiffer, new RecurringSeries(Terms, true).Judge(SeriesAction.Pay, false, other));
    }

    [Fact]
    public void ChangedIn_EqualTerms_IsEmpty() => Assert.Empty(Terms.ChangedIn(Terms with { }));

    /// <summary>Whatever is tried, no code is compared after so many failures in a row, and none of them counts twice.</summary>
    [Fact]
    public void Lockout_AnyAttempts_LockAfterTheFailuresInARow()
    {
        var attempts = from max in Gen.Choose(1, 6) from codes in Gen.ListOf(Gen.Elements(Enum.GetValues<AttemptedCode>()), 30) select (max, codes);
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(attempts.ToArbitrary(), one =>
        {
            var (lockout, results) = (new AttemptLockout(one.max), new List<AttemptResult>());
            foreach (var code in one.codes)
            {
                var isLocked = results.Count >= one.max && results.TakeLast(one.max).All(result => result != AttemptResult.Accepted);
                (var result, lockout) = lockout.Judge(code);
                results.Add(result);
                Assert.Equal(isLocked ? AttemptResult.Locked : code == AttemptedCode.Right ? AttemptResult.Accepted : AttemptResult.Refused, result);
            }
        }));
    }
}
