using System.Net;
using System.Net.Sockets;
using System.Text;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Assessments;

/// <summary>What the values of an attempt must be, beyond their types. All checks are made, so that a caller sees everything at once.</summary>
internal static class AttemptChecks
{
    public const long AmountMinorMax = 1_000_000_000_000;
    public const int IdLengthMax = 128, TokenLengthMax = 256;
    private const int TextLengthMax = 128, WordLengthMax = 64, UserAgentLengthMax = 2_048;
    public const int EmailLengthMax = 254;   // RFC 5321, 4.5.3.1.3, less its angle brackets
    private const int PhoneLengthMax = 32;
    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(5);

    /// <summary>Pointer of the first text with a card number in it; null when there is none. Phone numbers are not looked at: some pass for card numbers.</summary>
    public static string? FirstCardNumber(PaymentAttempt attempt)
    {
        var (payment, account, merchant, card, device) = (attempt.Payment, attempt.Account, attempt.Merchant, attempt.Card, attempt.Device);
        if (CardNumber.IsIn(payment.Id)) return "/payment/id";
        if (CardNumber.IsIn(payment.Amount.Currency)) return "/payment/amount/currency";
        if (CardNumber.IsIn(payment.Channel)) return "/payment/channel";
        if (CardNumber.IsIn(account.Id)) return "/account/id";
        if (CardNumber.IsIn(account.Email)) return "/account/email";
        if (CardNumber.IsIn(account.Country)) return "/account/country";
        if (CardNumber.IsIn(merchant?.Id)) return "/merchant/id";
        if (CardNumber.IsIn(merchant?.Category)) return "/merchant/category";
        if (CardNumber.IsIn(merchant?.Country)) return "/merchant/country";
        if (CardNumber.IsIn(card?.Token)) return "/card/token";
        if (CardNumber.IsIn(card?.Bin)) return "/card/bin";
        if (CardNumber.IsIn(card?.Last4)) return "/card/last4";
        if (CardNumber.IsIn(card?.Country)) return "/card/country";
        if (CardNumber.IsIn(device?.Id)) return "/device/id";
        if (CardNumber.IsIn(device?.Ip)) return "/device/ip";
        if (CardNumber.IsIn(device?.UserAgent)) return "/device/userAgent";
        if (CardNumber.IsIn(device?.Language)) return "/device/language";
        return FirstCardNumber("/shipping", attempt.Shipping) ?? FirstCardNumber("/billing", attempt.Billing) ?? FirstCardNumber(attempt.Sca);
    }

    /// <summary>All errors; empty, without an allocation, when there are none.</summary>
    public static IReadOnlyList<FieldError> Errors(PaymentAttempt attempt, DateTimeOffset now)
    {
        var check = new Checker();
        CheckPayment(ref check, attempt.Payment, now);
        CheckAccount(ref check, attempt.Account);
        CheckMerchant(ref check, attempt.Merchant);
        CheckCard(ref check, attempt.Card);
        CheckDevice(ref check, attempt.Device);
        CheckAddress(ref check, attempt.Shipping, "/shipping/country", "/shipping/city", "/shipping/postalCode");
        CheckAddress(ref check, attempt.Billing, "/billing/country", "/billing/city", "/billing/postalCode");
        CheckSca(ref check, attempt.Sca);
        if (attempt.DeadlineMs is { } deadline and not (>= PaymentAttempt.DeadlineMsMin and <= PaymentAttempt.DeadlineMsMax))
            check.Fail("/deadlineMs", $"must be from {PaymentAttempt.DeadlineMsMin} to {PaymentAttempt.DeadlineMsMax} milliseconds");
        return check.Errors;
    }

    private static string? FirstCardNumber(string parent, AddressFacts? address)
    {
        if (CardNumber.IsIn(address?.Country)) return parent + "/country";
        if (CardNumber.IsIn(address?.City)) return parent + "/city";
        return CardNumber.IsIn(address?.PostalCode) ? parent + "/postalCode" : null;
    }

    private static string? FirstCardNumber(ScaFacts? sca)
    {
        if (CardNumber.IsIn(sca?.Instrument)) return "/sca/instrument";
        if (CardNumber.IsIn(sca?.InitiatedBy)) return "/sca/initiatedBy";
        if (CardNumber.IsIn(sca?.SeriesId)) return "/sca/seriesId";
        if (CardNumber.IsIn(sca?.PayerCountry)) return "/sca/payerCountry";
        return CardNumber.IsIn(sca?.PayeeCountry) ? "/sca/payeeCountry" : null;
    }

    private static void CheckPayment(ref Checker check, PaymentFacts payment, DateTimeOffset now)
    {
        check.Id("/payment/id", payment.Id, IdLengthMax);
        if (payment.Amount.Minor is < 0 or > AmountMinorMax) check.Fail("/payment/amount/minor", "must be from 0 to 1000000000000 minor units");
        if (!Currencies.TryGetDecimals(payment.Amount.Currency, out _)) check.Fail("/payment/amount/currency", "must be a currency of ISO 4217, three capital letters");
        check.Text("/payment/channel", payment.Channel, WordLengthMax);
        if (payment.OccurredAt > now + AheadMax) check.Fail("/payment/occurredAt", "must be at most 5 minutes ahead of the server's clock");
        if (payment.OccurredAt < DateTimeOffset.UnixEpoch) check.Fail("/payment/occurredAt", "must not be before 1970");
    }

    private static void CheckAccount(ref Checker check, AccountFacts account)
    {
        check.Id("/account/id", account.Id, IdLengthMax);
        if (account.Email is { } email && !IsEmail(email)) check.Fail("/account/email", "must be an e-mail address");
        check.Text("/account/phone", account.Phone, PhoneLengthMax);
        check.Country("/account/country", account.Country);
    }

    private static void CheckMerchant(ref Checker check, MerchantFacts? merchant)
    {
        if (merchant is null) return;
        check.Id("/merchant/id", merchant.Id, IdLengthMax);
        check.Digits("/merchant/category", merchant.Category, 4, 4);
        check.Country("/merchant/country", merchant.Country);
    }

    private static void CheckCard(ref Checker check, CardFacts? card)
    {
        if (card is null) return;
        check.Id("/card/token", card.Token, TokenLengthMax);
        check.Digits("/card/bin", card.Bin, 6, 8);
        check.Digits("/card/last4", card.Last4, 4, 4);
        check.Country("/card/country", card.Country);
    }

    private static void CheckDevice(ref Checker check, DeviceFacts? device)
    {
        if (device is null) return;
        check.Id("/device/id", device.Id, IdLengthMax);
        if (device.Ip is { } ip && !IsAddress(ip)) check.Fail("/device/ip", "must be an IPv4 or IPv6 address");
        check.Text("/device/userAgent", device.UserAgent, UserAgentLengthMax);
        check.Text("/device/language", device.Language, WordLengthMax);
    }

    private static void CheckAddress(ref Checker check, AddressFacts? address, string country, string city, string postalCode)
    {
        if (address is null) return;
        check.Country(country, address.Country);
        check.Text(city, address.City, TextLengthMax);
        check.Text(postalCode, address.PostalCode, PhoneLengthMax);
    }

    private static void CheckSca(ref Checker check, ScaFacts? sca)
    {
        if (sca is null) return;
        check.Word("/sca/instrument", sca.Instrument, ScaFacts.Instruments);
        check.Word("/sca/initiatedBy", sca.InitiatedBy, ScaFacts.Initiators);
        check.Id("/sca/seriesId", sca.SeriesId, IdLengthMax);
        check.Country("/sca/payerCountry", sca.PayerCountry);
        check.Country("/sca/payeeCountry", sca.PayeeCountry);
    }

    /// <summary>One @ with something on both sides and no white space: the rest is for the mail server to say.</summary>
    public static bool IsEmail(string email)
    {
        var at = email.IndexOf('@');
        if (at < 1 || at == email.Length - 1 || email.Length > EmailLengthMax || email.IndexOf('@', at + 1) >= 0) return false;
        foreach (var rune in email.EnumerateRunes())
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune)) return false;
        return true;
    }

    /// <summary>Four decimal numbers or IPv6 without zone or brackets; the parser alone would take "1" and "0x7f.1".</summary>
    private static bool IsAddress(string text)
    {
        if (!IPAddress.TryParse(text, out var address)) return false;
        if (address.AddressFamily == AddressFamily.InterNetworkV6) return text.AsSpan().IndexOfAny('%', '[', ']') < 0;
        Span<char> spelled = stackalloc char[15];
        return address.TryFormat(spelled, out var length) && spelled[..length].SequenceEqual(text);
    }

    private struct Checker
    {
        private List<FieldError>? errors;

        public readonly IReadOnlyList<FieldError> Errors => errors is null ? [] : errors;

        public void Fail(string pointer, string detail) => (errors ??= []).Add(new FieldError(pointer, detail));

        public void Id(string pointer, string? id, int lengthMax)
        {
            if (id is null) return;
            if (id.Length < 1 || id.Length > lengthMax) Fail(pointer, $"must have 1 to {lengthMax} characters");
            else if (HasControl(id)) Fail(pointer, "must not have control characters");
        }

        public void Text(string pointer, string? text, int lengthMax)
        {
            if (text?.Length > lengthMax) Fail(pointer, $"must have at most {lengthMax} characters");
        }

        public void Digits(string pointer, string? text, int lengthMin, int lengthMax)
        {
            if (text is null || text.Length >= lengthMin && text.Length <= lengthMax && !text.AsSpan().ContainsAnyExceptInRange('0', '9')) return;
            Fail(pointer, lengthMin == lengthMax ? $"must be {lengthMin} digits" : $"must be {lengthMin} to {lengthMax} digits");
        }

        public void Word(string pointer, string? word, IReadOnlyList<string> words)
        {
            if (word is not null && !words.Contains(word)) Fail(pointer, $"must be one of: {string.Join(", ", words)}");
        }

        public void Country(string pointer, string? code)
        {
            if (code is null || code.Length == 2 && !code.AsSpan().ContainsAnyExceptInRange('A', 'Z')) return;
            Fail(pointer, "must be a country code of ISO 3166-1, two capital letters");
        }

        private static bool HasControl(string text)
        {
            foreach (var character in text)
                if (char.IsControl(character)) return true;
            return false;
        }
    }
}
