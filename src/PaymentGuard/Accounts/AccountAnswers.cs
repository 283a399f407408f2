namespace PaymentGuard.Accounts;

internal sealed record CompromiseBrief(string Id, DateTimeOffset BeganAt);

/// <param name="Notices">Texts under /v1/notices to show now.</param>
internal sealed record FreezeAnswer(string AccountId, DateTimeOffset FrozenAt, CompromiseBrief Compromise, IReadOnlyList<string> Notices);

/// <param name="State"><c>pending</c>, <c>done</c> or <c>superseded</c>.</param>
/// <param name="FactorsRemoved">Those added since the compromise began; null while it is not done.</param>
internal sealed record RecoveryAnswer(
    string AccountId, string Id, string State, DateTimeOffset RequestedAt, string RequestedBy, DateTimeOffset? DecidedAt, string? DecidedBy, string? CompromiseId,
    int? FactorsRemoved, int? RecoveryCodesRemoved)
{
    public static RecoveryAnswer Of(Recovery recovery) => new(
        recovery.AccountId, AccountIds.OfRecovery(recovery.Id), recovery.State.ToString().ToLowerInvariant(), recovery.RequestedAt, recovery.RequestedBy,
        recovery.DecidedAt, recovery.DecidedBy, recovery.CompromiseId is { } id ? AccountIds.OfCompromise(id) : null, recovery.FactorsRemoved, recovery.CodesRemoved);
}

/// <summary>How an account is protected. One that nothing is known of is not frozen, not locked and not disabled: which accounts exist is not told.</summary>
/// <param name="LockedUntil">End of the lock of its factors; null: they are not locked.</param>
/// <param name="DisabledAt">Since when no factor counts until recovery; null: they do.</param>
/// <param name="Recovery">That waits for approval; null: none.</param>
internal sealed record AccountAnswer(
    string AccountId, bool Frozen, DateTimeOffset? FrozenAt, bool Locked, DateTimeOffset? LockedUntil, bool Disabled, DateTimeOffset? DisabledAt,
    CompromiseBrief? Compromise, RecoveryAnswer? Recovery);

/// <param name="EndedAt">Null: the account was not given back yet.</param>
/// <param name="Payments">The first ones, oldest first.</param>
/// <param name="MorePayments">For <c>after</c> of the interval's payments; null: these are all.</param>
internal sealed record CompromiseAnswer(
    string Id, DateTimeOffset BeganAt, DateTimeOffset FrozenAt, DateTimeOffset? EndedAt, string OpenedBy, string Reason, DateTimeOffset? ClosedAt, string? ClosedBy,
    IReadOnlyList<CompromisedPayment> Payments, string? MorePayments);

/// <param name="Next">For <c>before</c> of the next page; null: this is the last.</param>
internal sealed record CompromisesAnswer(string AccountId, IReadOnlyList<CompromiseAnswer> Compromises, string? Next);

/// <param name="Next">For <c>after</c> of the next page; null: this is the last.</param>
internal sealed record PaymentsAnswer(string AccountId, string CompromiseId, IReadOnlyList<CompromisedPayment> Payments, string? Next);

/// <param name="Next">For <c>before</c> of the next page; null: this is the last.</param>
internal sealed record TimelineAnswer(string AccountId, IReadOnlyList<TimelineItem> Items, string? Next);
