namespace PaymentGuard.Domain.Claims;

/// <summary>Regulation E (12 CFR 1005.6 and 1005.11), United States.</summary>
/// <param name="FirstTierMax">§ 1005.6(b)(1): what the consumer bears at most who tells in time.</param>
/// <param name="SecondTierMax">§ 1005.6(b)(2): both tiers together, for one who tells late.</param>
/// <param name="NoticeBusinessDays">After learning of loss or theft.</param>
/// <param name="StatementDays">§ 1005.6(b)(3): calendar days from the statement.</param>
public sealed record RegEPolicy(LimitByCurrency FirstTierMax, LimitByCurrency SecondTierMax, int NoticeBusinessDays, int StatementDays, RegEClockPolicy Clock)
{
    /// <summary>Tiers never overlap: a transfer counts in one of them at most. Negligence of the consumer changes nothing (comment 6(b)-2).</summary>
    public RegELiability LiabilityFor(RegELoss loss, TimeZoneInfo zone, BusinessDays days)
    {
        var noticeOn = ClaimClock.DayOf(loss.NoticeAt, zone);
        DateOnly? statementEndsOn = loss.StatementSentAt is { } sent ? ClaimClock.DayOf(sent, zone).AddDays(StatementDays) : null;
        var isDeviceLost = loss is { AccessDevice: true, LearnedAt: not null };
        var noticeEndsOn = isDeviceLost ? days.After(ClaimClock.DayOf(loss.LearnedAt!.Value, zone), NoticeBusinessDays) : null;
        var total = loss.Transfers.Aggregate(0L, (sum, transfer) => checked(sum + transfer.AmountMinor));
        var tiers = !loss.DisclosuresGiven ? new RegETiers(0, 0, 0)
            : isDeviceLost && noticeEndsOn is null ? null
            : Tiers(loss, noticeOn, noticeEndsOn, statementEndsOn, zone);
        return new RegELiability(tiers, total, noticeEndsOn, statementEndsOn, ErrorResolutionApplies: !(noticeOn > statementEndsOn));
    }

    /// <param name="noticeEndsOn">Null: no loss was learned of, so its days have not begun.</param>
    private RegETiers Tiers(RegELoss loss, DateOnly noticeOn, DateOnly? noticeEndsOn, DateOnly? statementEndsOn, TimeZoneInfo zone)
    {
        var isLate = noticeOn > noticeEndsOn;
        long first = 0, second = 0, third = 0;
        // What is taken once the institution knows is never the consumer's.
        foreach (var transfer in loss.Transfers.Where(transfer => transfer.At < loss.NoticeAt))
        {
            var day = ClaimClock.DayOf(transfer.At, zone);
            if (day > statementEndsOn && transfer.Preventable) third = checked(third + transfer.AmountMinor);
            else if (!isLate || day <= noticeEndsOn) first = checked(first + transfer.AmountMinor);
            else if (transfer.Preventable) second = checked(second + transfer.AmountMinor);
        }
        if (!loss.AccessDevice) return new RegETiers(0, 0, third);
        first = Math.Min(first, FirstTierMax.In(loss.Currency));
        return new RegETiers(first, Math.Min(second, SecondTierMax.In(loss.Currency) - first), third);
    }
}

/// <param name="LearnedAt">Of loss or theft of the device; null: not lost, or not known to the consumer.</param>
/// <param name="StatementSentAt">The statement that shows the first unauthorised transfer; null: none was sent yet.</param>
public sealed record RegELoss(
    string Currency, bool AccessDevice, bool DisclosuresGiven, DateTimeOffset? LearnedAt, DateTimeOffset NoticeAt, DateTimeOffset? StatementSentAt,
    IReadOnlyList<RegETransfer> Transfers);

/// <param name="Preventable">Whether the institution can show that notice in time would have stopped it.</param>
public sealed record RegETransfer(DateTimeOffset At, long AmountMinor, bool Preventable);

/// <summary>The consumer's part: told in time, told late, told after the statement's days.</summary>
public sealed record RegETiers(long FirstMinor, long SecondMinor, long ThirdMinor)
{
    public long SumMinor => checked(FirstMinor + SecondMinor + ThirdMinor);
}

/// <param name="Tiers">Null when the calendar does not cover the days that they depend on.</param>
/// <param name="TotalMinor">All transfers.</param>
/// <param name="NoticeEndsOn">The last day to tell in time; null when nothing was learned of, no device is involved, or the calendar does not cover it.</param>
public sealed record RegELiability(RegETiers? Tiers, long TotalMinor, DateOnly? NoticeEndsOn, DateOnly? StatementEndsOn, bool ErrorResolutionApplies)
{
    public long? CompensationMinor => Tiers is null ? null : TotalMinor - Tiers.SumMinor;
}
