namespace PaymentGuard.Domain.Claims;

/// <summary>By when a complaint is answered (FCA DISP 1.6).</summary>
/// <param name="ReplyBusinessDays">Final reply to a complaint about payment services; in exceptional cases the holding reply.</param>
/// <param name="ExceptionalBusinessDays">The final reply then.</param>
/// <param name="OtherWeeks">Any other complaint.</param>
public sealed record ComplaintPolicy(int ReplyBusinessDays, int ExceptionalBusinessDays, int OtherWeeks)
{
    public (DateOnly? DueOn, DateOnly? HoldingReplyDueOn) DueDays(DateOnly receivedOn, bool isAboutPayments, bool isExceptional, BusinessDays days) =>
        !isAboutPayments ? (receivedOn.AddDays(7 * OtherWeeks), null)
        : isExceptional ? (days.After(receivedOn, ExceptionalBusinessDays), days.After(receivedOn, ReplyBusinessDays))
        : (days.After(receivedOn, ReplyBusinessDays), null);
}
