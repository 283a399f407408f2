using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Claims;

namespace PaymentGuard.Tests.Claims;

public sealed class ClaimLiabilityTests
{
    private static readonly DateTimeOffset Noon = DateTimeOffset.Parse("2026-03-02T12:00:00+00:00");
    private static readonly ClaimPolicies Policies = ShippedClaimRules.Rules.Policies;

    private static readonly Gen<(int Hours, long Minor, bool Flag)[]> Payments = Gen.ArrayOf(
        from hours in Gen.Choose(-200, 2_400) from minor in Gen.Choose(0, 70_000) from flag in Gen.Choose(0, 3) select (hours, (long)minor, flag > 0), 6);

    [Fact]
    public void RegE_AnyTransfers_IsWhatEachCentAloneSays()
    {
        var cases = from payments in Payments from notice in Gen.Choose(0, 2_400) from learned in Gen.Choose(-1, 200) from statement in Gen.Choose(-500, 900)
            from device in Gen.Choose(0, 4) from disclosed in Gen.Choose(0, 9) select (payments, notice, learned, statement, device, disclosed);
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(3_000), Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var loss = new RegELoss("USD", one.device > 0, one.disclosed > 0, one.learned < 0 ? null : Noon.AddHours(one.learned), Noon.AddHours(one.notice),
                one.statement > 800 ? null : Noon.AddHours(one.statement - 500), [.. one.payments.Select(payment => new RegETransfer(Noon.AddHours(payment.Hours), payment.Minor, payment.Flag))]);
            var days = new BusinessDays(() => ShippedClaimRules.Rules.Calendars["us-federal"]);
            var outcome = Policies.RegE.LiabilityFor(loss, TimeZoneInfo.Utc, days);
            Assert.Equal(TiersOf(loss, outcome.NoticeEndsOn, outcome.StatementEndsOn), outcome.Tiers);
            Assert.Equal(one.payments.Sum(payment => payment.Minor), outcome.Tiers!.SumMinor + outcome.CompensationMinor);
        }));
    }

    /// <summary>Transfer by transfer in the order of time, each put where it belongs as far as there is room.</summary>
    private static RegETiers TiersOf(RegELoss loss, DateOnly? noticeEndsOn, DateOnly? statementEndsOn)
    {
        var (tiers, toldOn) = (new long[3], Day(loss.NoticeAt));
        foreach (var transfer in loss.Transfers.OrderBy(transfer => transfer.At))
        {
            if (!loss.DisclosuresGiven || transfer.At >= loss.NoticeAt) continue;
            var isAfterStatement = statementEndsOn is { } end && Day(transfer.At) > end;
            var isInTime = noticeEndsOn is not { } last || toldOn <= last || Day(transfer.At) <= last;
            if (isAfterStatement && transfer.Preventable) tiers[2] += transfer.AmountMinor;
            else if (loss.AccessDevice && isInTime) tiers[0] = Math.Min(5_000, tiers[0] + transfer.AmountMinor);
            else if (loss.AccessDevice && transfer.Preventable) tiers[1] += transfer.AmountMinor;
        }
        return new RegETiers(tiers[0], Math.Min(50_000 - tiers[0], tiers[1]), tiers[2]);
    }

    private static DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    [Fact]
    public void Psd2_AnyClaim_SharesTheWholeAmountAndBurdensThePayerWithinTheLaw()
    {
        var cases = from payments in Payments from flags in Gen.Choose(0, 127) from late in Gen.Choose(0, 5) select (payments, flags, late);
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(3_000), Prop.ForAll(cases.ToArbitrary(), one =>
        {
            bool Flag(int bit) => (one.flags >> bit & 1) == 1;
            var payments = one.payments.Select((payment, n) => new Psd2Payment(n < one.late ? Noon.AddYears(-2) : Noon.AddHours(payment.Hours / 10), payment.Minor)).ToList();
            var claim = new Psd2Claim("EU", "EUR", payments, Noon.AddHours(24), Flag(0), Flag(1), Flag(2), Flag(3), Flag(4), Flag(5), null, null, Flag(6));
            var outcome = Policies.Psd2.Judge(claim, TimeZoneInfo.Utc, new BusinessDays(() => ShippedClaimRules.Rules.Calendars["eu-target"]));
            Assert.Equal(payments.Sum(payment => payment.AmountMinor), outcome.BuyerLiabilityMinor + outcome.CompensationMinor);
            var lost = payments.Where(payment => payment.DebitedAt < Noon.AddYears(-1)).Sum(payment => payment.AmountMinor);
            var before = payments.Where(payment => payment.DebitedAt > Noon.AddYears(-1) && payment.DebitedAt < claim.NotifiedAt).Sum(payment => payment.AmountMinor);
            var withholds = claim is { ScaApplied: true, CausedByProvider: false };
            var most = !withholds ? 0 : claim is { GrossNegligenceAlleged: true, PolicyRefundFirst: false } ? before
                : claim is { InstrumentLostOrStolen: true, DetectableBeforePayment: true } ? Math.Min(5_000, before) : 0;
            Assert.Equal(lost + most, outcome.BuyerLiabilityMinor);
            Assert.Equal(withholds && claim is { GrossNegligenceAlleged: true, PolicyRefundFirst: true } && outcome.Eligible == true ? before - most : 0, outcome.RecourseMinor);
        }));
    }

    [Fact]
    public void UkApp_AnyAmounts_AddUpAndNeverExceed()
    {
        var cases = from amount in Gen.Choose(0, 9_000_000) from excess in Gen.Choose(0, 12_000) from vulnerable in Gen.Choose(0, 1) from back in Gen.Choose(0, 100) select (amount, excess, vulnerable, back);
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(3_000), Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var (isVulnerable, repatriated) = (one.vulnerable == 1, (long)one.amount * one.back / 100);
            var outcome = Policies.UkApp.Judge(new UkAppClaim("GBP", one.amount, Noon, Noon, isVulnerable, one.excess, false, null, null, repatriated), TimeZoneInfo.Utc,
                new BusinessDays(() => ShippedClaimRules.Rules.Calendars["gb-eng"]));
            var reimbursable = Math.Min(one.amount, 8_500_000);
            Assert.Equal(isVulnerable ? reimbursable : Math.Max(0, reimbursable - Math.Min(10_000, one.excess)), outcome.CompensationMinor);
            Assert.Equal(outcome.CompensationMinor, outcome.SendingMinor + outcome.ReceivingMinor);
            Assert.InRange(outcome.ReceivingMinor, 0, outcome.CompensationMinor / 2);
            Assert.InRange(outcome.SendingMinor - outcome.ReceivingMinor, 0, isVulnerable ? 1 : 10_001);
            if (repatriated == 0) Assert.Null(outcome.Repatriation);
            else
            {
                var (toReceiving, toSending, toBuyer) = (outcome.Repatriation!.ToReceivingMinor, outcome.Repatriation.ToSendingMinor, outcome.Repatriation.ToBuyerMinor);
                Assert.Equal(repatriated, toReceiving + toSending + toBuyer);
                Assert.True(toReceiving <= outcome.ReceivingMinor && toSending <= outcome.SendingMinor && toBuyer <= Math.Max(0, one.amount - outcome.CompensationMinor) && toBuyer >= 0);
            }
        }));
    }

    [Fact]
    public void RemedyCap_AnyHistory_NeverPaysMoreThanWasPaid()
    {
        var cases = from paid in Gen.Choose(0, 1_000) from got in Gen.ListOf(Gen.Choose(0, 400), 4) select ((long)paid, got);
        FsCheck.Check.One(Config.QuickThrowOnFailure, Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var cap = one.got.Aggregate(new RemedyCap(one.Item1, 0), (sum, minor) => sum.With(minor));
            Assert.Equal(one.Item1 + cap.BeyondMinor, cap.GotMinor + cap.LeftMinor);
            Assert.True(cap.LeftMinor == 0 || cap.BeyondMinor == 0);
            Assert.Equal(0, cap.With(cap.LeftMinor).LeftMinor);
        }));
        Assert.Throws<OverflowException>(() => new RemedyCap(1, long.MaxValue).With(1));
    }
}
