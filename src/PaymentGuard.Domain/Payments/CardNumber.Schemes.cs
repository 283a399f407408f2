namespace PaymentGuard.Domain.Payments;

public static partial class CardNumber
{
    /// <summary>Issuers' prefixes from <paramref name="First"/> to <paramref name="Last"/>, both six digits, and the lengths they are issued in.</summary>
    private readonly record struct Scheme(int First, int Last, int LengthMin, int LengthMax);

    // Prefixes as the schemes publish them; where two schemes share one, the wider range of lengths stands.
    private static readonly Scheme[] Schemes =
    [
        new(100_000, 199_999, 15, 15),   // UATP; JCB's old 1800
        new(213_100, 213_199, 15, 15),   // JCB, old
        new(220_000, 220_499, 16, 19),   // Mir
        new(222_100, 272_099, 16, 16),   // Mastercard
        new(300_000, 305_999, 14, 19),   // Diners Club
        new(309_500, 309_599, 14, 19),   // Diners Club
        new(340_000, 349_999, 15, 15),   // American Express
        new(352_800, 358_999, 16, 19),   // JCB; RuPay 353 and 356
        new(360_000, 369_999, 14, 19),   // Diners Club
        new(370_000, 379_999, 15, 15),   // American Express
        new(380_000, 399_999, 14, 19),   // Diners Club
        new(400_000, 499_999, 13, 19),   // Visa
        new(500_000, 509_999, 13, 19),   // Maestro, Verve, RuPay 508, Elo
        new(510_000, 559_999, 16, 16),   // Mastercard
        new(560_000, 589_999, 13, 19),   // Maestro
        new(600_000, 699_999, 13, 19),   // Maestro; Discover, UnionPay, RuPay, Troy and Verve within it
        new(810_000, 829_999, 16, 19),   // UnionPay, RuPay
        new(979_200, 979_299, 16, 16),   // Troy
    ];

    private static bool HasScheme(ReadOnlySpan<byte> digits)
    {
        var prefix = 0;
        foreach (var digit in digits[..6]) prefix = prefix * 10 + digit;
        foreach (var scheme in Schemes)
            if (prefix >= scheme.First && prefix <= scheme.Last) return digits.Length >= scheme.LengthMin && digits.Length <= scheme.LengthMax;
        return false;
    }
}
