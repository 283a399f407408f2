namespace PaymentGuard.Domain.Assessments;

/// <summary>What checkout shall do with a payment, mildest first: the strictest is the largest. Zero is no decision, so nothing approves by accident.</summary>
public enum Decision
{
    Undecided = 0,
    Approve = 1,
    Challenge = 2,
    Review = 3,
    Decline = 4,
}
