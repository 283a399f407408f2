using System.Text;
using System.Text.Json.Nodes;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Tests.Assessments;

public sealed class PaymentJsonTests
{
    internal static readonly DateTimeOffset Now = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    internal const string Full =
        """
        { "payment": { "id": "pay_81", "occurredAt": "2026-11-21T10:00:00Z", "amount": { "minor": 125000, "currency": "CNY" }, "channel": "web" },
          "merchant": { "id": "m_5", "category": "5732", "country": "CN" },
          "account": { "id": "a_7", "createdAt": "2024-05-01T00:00:00Z", "email": "a@example.com", "phone": "+8613800000000", "country": "CN" },
          "card": { "token": "tok_9f", "bin": "622202", "last4": "1234", "country": "CN" },
          "device": { "id": "d_3", "ip": "203.0.113.9", "userAgent": "Mozilla/5.0", "language": "zh-CN" },
          "shipping": { "country": "CN", "city": "Shanghai", "postalCode": "200000" }, "billing": { "country": "CN" },
          "sca": { "instrument": "card", "initiatedBy": "payer", "seriesId": "s_1", "trustedPayee": true, "payerCountry": "DE", "payeeCountry": "FR" },
          "deadlineMs": 100 }
        """;

    [Fact]
    public void TryRead_AllFields_AreRead()
    {
        var attempt = Read(Full);
        Assert.Equal(new Money(125_000, "CNY"), attempt.Payment.Amount);
        Assert.Equal(Now, attempt.Payment.OccurredAt);
        Assert.Equal(new AddressFacts("CN", "Shanghai", "200000"), attempt.Shipping);
        Assert.Equal(new ScaFacts("card", "payer", "s_1", true, "DE", "FR"), attempt.Sca);
        Assert.Equal(attempt, PaymentJson.ReadStored(PaymentJson.Write(attempt)));
    }

    [Theory]
    [InlineData("""{ "payment": { "id": "p", "amount": { "minor": 0, "currency": "EUR" } }, "account": { "id": "a" } }""", 0)]
    [InlineData("""{ "payment": { "id": "p", "amount": { "minor": 1e3, "currency": "EUR" } }, "account": { "id": "a" } }""", 1_000)]
    [InlineData("""{ "payment": { "id": "p", "amount": { "minor": 1000000000000, "currency": "EUR" } }, "account": { "id": "a" }, "merchant": null, "card": { "token": null } }""", 1_000_000_000_000)]
    public void TryRead_OnlyRequiredFields_IsEnough(string json, long minor) => Assert.Equal(minor, Read(json).Payment.Amount.Minor);

    [Theory]
    [InlineData("\"2026-11-21T11:00:00+01:00\"")]
    [InlineData("\"2026-11-21T11:00:00\\u002B01:00\"")]
    [InlineData("\"2026-11-21T10:00:00\\u005a\"")]
    public void TryRead_TimeInOtherSpelling_IsTheSameTime(string time) => Assert.Equal(Now, Read(With("/payment/occurredAt", time)).Payment.OccurredAt);

    [Theory]
    [InlineData("/payment/occurredAt", "\"\\ud800026-11-21T10:00:00Z\"")]
    [InlineData("/payment", null)]
    [InlineData("/payment/id", null)]
    [InlineData("/payment/id", "null")]
    [InlineData("/payment/id", "7")]
    [InlineData("/payment/id", "\"\"")]
    [InlineData("/payment/id", "\"a\\u0000b\"")]
    [InlineData("/payment/amount", null)]
    [InlineData("/payment/amount", "[]")]
    [InlineData("/payment/amount", "100")]
    [InlineData("/payment/amount/minor", null)]
    [InlineData("/payment/amount/minor", "null")]
    [InlineData("/payment/amount/minor", "\"100\"")]
    [InlineData("/payment/amount/minor", "-1")]
    [InlineData("/payment/amount/minor", "0.5")]
    [InlineData("/payment/amount/minor", "1e400")]
    [InlineData("/payment/amount/minor", "1000000000001")]
    [InlineData("/payment/amount/minor", "1000000000000.000000000000000000000000000001")]
    [InlineData("/payment/amount/minor", "9223372036854775808")]
    [InlineData("/payment/amount/minor", "true")]
    [InlineData("/payment/amount/currency", null)]
    [InlineData("/payment/amount/currency", "\"eur\"")]
    [InlineData("/payment/amount/currency", "\"XXX\"")]
    [InlineData("/payment/amount/currency", "\"EURO\"")]
    [InlineData("/payment/occurredAt", "\"2026-11-21\"")]
    [InlineData("/payment/occurredAt", "\"2026-11-21T10:00:00\"")]
    [InlineData("/payment/occurredAt", "\"2026-11-21T10:05:01Z\"")]
    [InlineData("/payment/occurredAt", "\"1969-12-31T23:59:59Z\"")]
    [InlineData("/payment/occurredAt", "1763719200")]
    [InlineData("/payment/unknown", "1")]
    [InlineData("/Payment", "{}")]
    [InlineData("/account", null)]
    [InlineData("/account", "\"a_7\"")]
    [InlineData("/account/id", "null")]
    [InlineData("/account/email", "\"nobody\"")]
    [InlineData("/account/email", "\"a b@example.com\"")]
    [InlineData("/account/country", "\"cn\"")]
    [InlineData("/merchant/category", "\"57\"")]
    [InlineData("/card/bin", "\"62220\"")]
    [InlineData("/card/last4", "\"12345\"")]
    [InlineData("/device/ip", "\"1\"")]
    [InlineData("/device/ip", "\"256.1.1.1\"")]
    [InlineData("/device/ip", "\"fe80::1%eth0\"")]
    [InlineData("/sca", "true")]
    [InlineData("/sca/instrument", "\"cash\"")]
    [InlineData("/sca/initiatedBy", "\"payee\"")]
    [InlineData("/sca/seriesId", "\"\"")]
    [InlineData("/sca/trustedPayee", "\"true\"")]
    [InlineData("/sca/trustedPayee", "1")]
    [InlineData("/sca/payerCountry", "\"de\"")]
    [InlineData("/sca/payeeCountry", "\"DEU\"")]
    [InlineData("/sca/unknown", "1")]
    [InlineData("/sca/isByMerchant", "true")]
    [InlineData("/deadlineMs", "9")]
    [InlineData("/deadlineMs", "2001")]
    [InlineData("/deadlineMs", "\"100\"")]
    public void TryRead_OneWrongValue_IsNamedByItsPointer(string pointer, string? value)
    {
        var errors = Refuse(With(pointer, value), out var code);
        Assert.Equal(PaymentJson.InvalidFieldCode, code);
        Assert.Contains(pointer, errors.Select(error => error.Pointer));
    }

    [Fact]
    public void TryRead_ManyWrongValues_AreAllNamed()
    {
        var errors = Refuse("""{ "payment": { "id": 5, "amount": { "minor": "1" }, "x": 1 }, "account": null, "account": {} }""", out _);
        Assert.Equal(
            ["/account", "/account", "/account/id", "/payment/amount/currency", "/payment/amount/minor", "/payment/id", "/payment/x"],
            errors.Select(error => error.Pointer).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TryRead_ManyValuesOutOfRange_AreAllNamed() =>
        Assert.Equal(
            ["/payment/amount/minor", "/payment/amount/currency", "/account/country"],
            Refuse("""{ "payment": { "id": "p", "amount": { "minor": -1, "currency": "??" } }, "account": { "id": "a", "country": "Spain" } }""", out _).Select(error => error.Pointer));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("\ufeff{}")]
    [InlineData("{\"payment\":{\"id\":\"\\ud800\"}}")]
    [InlineData("{\"\\ud800\":1}")]
    public void TryRead_NotAnAttempt_IsRefused(string json) => Assert.NotEmpty(Refuse(json, out _));

    [Fact]
    public void TryRead_DeepNesting_IsRefused() => Assert.NotEmpty(Refuse(new string('[', 60_000), out _));

    [Theory]
    [InlineData("/payment/id")]
    [InlineData("/payment/channel")]
    [InlineData("/payment/occurredAt")]
    [InlineData("/payment/amount/currency")]
    [InlineData("/merchant/id")]
    [InlineData("/merchant/category")]
    [InlineData("/account/id")]
    [InlineData("/account/email")]
    [InlineData("/card/token")]
    [InlineData("/card/bin")]
    [InlineData("/device/id")]
    [InlineData("/device/ip")]
    [InlineData("/device/userAgent")]
    [InlineData("/device/language")]
    [InlineData("/shipping/city")]
    [InlineData("/billing/postalCode")]
    [InlineData("/sca/instrument")]
    [InlineData("/sca/initiatedBy")]
    [InlineData("/sca/seriesId")]
    [InlineData("/sca/payerCountry")]
    [InlineData("/sca/payeeCountry")]
    [InlineData("/card/number")]
    [InlineData("/number")]
    public void TryRead_CardNumberInAnyText_IsRefusedAndNotRepeated(string pointer)
    {
        var errors = Refuse(With(pointer, "\"4111 1111 1111 1111\""), out var code);
        Assert.Equal(PaymentJson.CardNumberCode, code);
        Assert.Equal(pointer, Assert.Single(errors).Pointer);
        Assert.DoesNotContain("1111", errors[0].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "4111111111111111": 1 }""", "")]
    [InlineData("""{ "x": 4111111111111111 }""", "/x")]
    [InlineData("""{ "x": [ { "y": "4111111111111111" } ] }""", "/x/0/y")]
    [InlineData("""{ "x": "4111111111111111", """, "/x")]
    public void TryRead_CardNumberOutsideTheFields_IsFound(string json, string pointer)
    {
        Assert.Equal(pointer, Refuse(json, out var code)[0].Pointer);
        Assert.Equal(PaymentJson.CardNumberCode, code);
    }

    [Fact]
    public void TryRead_CardNumberAsPhone_IsTaken() => Read(With("/account/phone", "\"4111111111111111\""));

    internal static PaymentAttempt Read(string json)
    {
        Assert.True(PaymentJson.TryRead(Encoding.UTF8.GetBytes(json), Now, out var attempt, out var errors, out var code), string.Join(", ", errors));
        Assert.Equal("", code);
        return attempt!;
    }

    /// <summary>The full attempt with one value replaced, added or, for null, taken out.</summary>
    internal static string With(string pointer, string? value)
    {
        var root = JsonNode.Parse(Full)!.AsObject();
        var parts = pointer.Split('/')[1..];
        var parent = parts[..^1].Aggregate(root, (node, name) => node[name]!.AsObject());
        parent.Remove(parts[^1]);
        if (value is not null) parent[parts[^1]] = JsonValue.Create("@@");
        return root.ToJsonString().Replace("\"@@\"", value, StringComparison.Ordinal);
    }

    private static IReadOnlyList<FieldError> Refuse(string json, out string code) => Refuse(Encoding.UTF8.GetBytes(json), out code);

    internal static IReadOnlyList<FieldError> Refuse(byte[] json, out string code)
    {
        Assert.False(PaymentJson.TryRead(json, Now, out var attempt, out var errors, out code));
        Assert.Null(attempt);
        Assert.NotEmpty(errors);
        return errors;
    }
}
