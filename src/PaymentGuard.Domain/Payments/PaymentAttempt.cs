namespace PaymentGuard.Domain.Payments;

/// <summary>
/// What checkout tells about one attempt to pay, as parsed; null means that it was not told. The same shape comes by HTTP
/// (<c>POST /v1/assessments</c>) and as data of the event <c>payment.attempted</c>.
/// </summary>
/// <param name="DeadlineMs">How long checkout waits for the answer, 10 to 2,000 ms; no part of the payment's content.</param>
public sealed record PaymentAttempt(
    PaymentFacts Payment,
    AccountFacts Account,
    MerchantFacts? Merchant = null,
    CardFacts? Card = null,
    DeviceFacts? Device = null,
    AddressFacts? Shipping = null,
    AddressFacts? Billing = null,
    ScaFacts? Sca = null,
    int? DeadlineMs = null)
{
    public const int DeadlineMsMin = 10, DeadlineMsMax = 2_000, DeadlineMsDefault = 100;

    public override string ToString() => $"payment {Payment.Id}";
}

/// <param name="Id">The caller's name for the payment, a pseudonym: 1 to 128 characters.</param>
/// <param name="Amount">0 to 10^12 minor units; 0 verifies an account.</param>
/// <param name="OccurredAt">When the buyer pressed pay; any past time, at most 5 minutes ahead of us. Null: now.</param>
/// <param name="Channel">Where: web, app, phone and the like.</param>
public sealed record PaymentFacts(string Id, Money Amount, DateTimeOffset? OccurredAt = null, string? Channel = null)
{
    public override string ToString() => Id;
}

/// <param name="Id">The platform's name for the merchant, a pseudonym.</param>
/// <param name="Category">Merchant category code, ISO 18245: four digits.</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
public sealed record MerchantFacts(string? Id = null, string? Category = null, string? Country = null);

/// <param name="Id">The platform's name for the buyer's account, a pseudonym.</param>
public sealed record AccountFacts(
    string Id, DateTimeOffset? CreatedAt = null, string? Email = null, string? Phone = null, string? Country = null)
{
    public override string ToString() => Id;
}

/// <param name="Token">The card vault's name for the card; never its number.</param>
/// <param name="Bin">First 6 to 8 digits of the card number.</param>
public sealed record CardFacts(string? Token = null, string? Bin = null, string? Last4 = null, string? Country = null)
{
    public override string ToString() => "card (hidden)";
}

/// <param name="Ip">IPv4 or IPv6 address the payment came from.</param>
/// <param name="Language">BCP 47 tag of the browser.</param>
public sealed record DeviceFacts(string? Id = null, string? Ip = null, string? UserAgent = null, string? Language = null)
{
    public override string ToString() => "device (hidden)";
}

/// <param name="Country">ISO 3166-1 alpha-2.</param>
public sealed record AddressFacts(string? Country = null, string? City = null, string? PostalCode = null)
{
    public override string ToString() => "address (hidden)";
}

/// <summary>What decides whether strong customer authentication is required; told, the answer says so too.</summary>
/// <param name="Instrument">card, credit_transfer, other. Null: card when there is a card, else unknown.</param>
/// <param name="InitiatedBy">payer, merchant: by a mandate that the payer gave before. Null: payer.</param>
/// <param name="SeriesId">The platform's name for a series of payments of one amount to one payee, a pseudonym.</param>
/// <param name="TrustedPayee">The payee is on the list of trusted payees that the payer's provider keeps, and that was made with strong authentication.</param>
/// <param name="PayerCountry">Of the payer's provider, ISO 3166-1 alpha-2. Null: the card's country, else the account's.</param>
/// <param name="PayeeCountry">Of the payee's provider. Null: the merchant's country.</param>
public sealed record ScaFacts(
    string? Instrument = null, string? InitiatedBy = null, string? SeriesId = null, bool? TrustedPayee = null, string? PayerCountry = null, string? PayeeCountry = null)
{
    public static readonly IReadOnlyList<string> Instruments = ["card", "credit_transfer", "other"], Initiators = ["payer", "merchant"];
}
