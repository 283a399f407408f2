namespace PaymentGuard.Domain.Claims;

/// <summary>Refund, chargeback and compensation of one payment share one cap: what was paid. Returns are facts and never refused, compensation is what is left.</summary>
/// <param name="GotMinor">What the buyer has got for the payment by now, in whatever way.</param>
public readonly record struct RemedyCap(long PaidMinor, long GotMinor)
{
    /// <summary>What may still be compensated; 0 when everything was returned.</summary>
    public long LeftMinor => Math.Max(0, PaidMinor - GotMinor);

    /// <summary>What the buyer has got beyond what was paid.</summary>
    public long BeyondMinor => Math.Max(0, GotMinor - PaidMinor);

    public RemedyCap With(long minor) => this with { GotMinor = checked(GotMinor + minor) };
}

/// <summary>How money comes back to the buyer.</summary>
public enum RemedyKind { MerchantRefund, Compensation, ChargebackWon }
