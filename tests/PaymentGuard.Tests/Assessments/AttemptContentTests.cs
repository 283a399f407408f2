using System.Text;
using PaymentGuard.Assessments;

namespace PaymentGuard.Tests.Assessments;

public sealed class AttemptContentTests
{
    [Theory]
    [InlineData("/deadlineMs", "2000")]
    [InlineData("/deadlineMs", null)]
    [InlineData("/payment/amount/minor", "125e3")]
    [InlineData("/payment/amount/minor", "125000.0")]
    [InlineData("/payment/occurredAt", "\"2026-11-21T18:00:00+08:00\"")]
    [InlineData("/account/id", "\"\\u0061_7\"")]
    [InlineData("/billing/city", "null")]
    public void Of_SameValuesSpelledOtherwise_IsTheSame(string pointer, string? value)
    {
        var (first, second) = (Content(PaymentJsonTests.Full), Content(PaymentJsonTests.With(pointer, value)));
        Assert.Equal(first.Hash, second.Hash);
        Assert.Empty(AttemptContent.DifferingFields(first.Json, second.Json));
    }

    [Theory]
    [InlineData("/payment/id", "\"pay_82\"")]
    [InlineData("/payment/amount/minor", "125001")]
    [InlineData("/payment/amount/currency", "\"EUR\"")]
    [InlineData("/payment/occurredAt", "\"2026-11-21T10:00:00.001Z\"")]
    [InlineData("/payment/occurredAt", null)]
    [InlineData("/account/createdAt", null)]
    [InlineData("/account/phone", "\"+1\"")]
    [InlineData("/card/last4", "\"1235\"")]
    [InlineData("/merchant", null)]
    [InlineData("/shipping/city", "\"shanghai\"")]
    [InlineData("/billing/city", "\"Shanghai\"")]
    [InlineData("/sca/trustedPayee", "false")]
    [InlineData("/sca/seriesId", null)]
    [InlineData("/sca", null)]
    public void DifferingFields_OneOtherValue_NamesIt(string pointer, string? value)
    {
        var (first, second) = (Content(PaymentJsonTests.Full), Content(PaymentJsonTests.With(pointer, value)));
        Assert.NotEqual(first.Hash, second.Hash);
        Assert.Equal([pointer], AttemptContent.DifferingFields(first.Json, second.Json));
        Assert.Equal([pointer], AttemptContent.DifferingFields(second.Json, first.Json));
    }

    /// <summary>The hash is stored for ever: what it is made of must not change with a new version.</summary>
    [Fact]
    public void Of_FullAttempt_IsTheJsonThatIsStored() =>
        Assert.Equal(
            """{"payment":{"id":"pay_81","amount":{"minor":125000,"currency":"CNY"},"occurredAt":"2026-11-21T10:00:00Z","channel":"web"},"account":{"id":"a_7","createdAt":"2024-05-01T00:00:00Z","email":"a@example.com","phone":"\u002B8613800000000","country":"CN"},"merchant":{"id":"m_5","category":"5732","country":"CN"},"card":{"token":"tok_9f","bin":"622202","last4":"1234","country":"CN"},"device":{"id":"d_3","ip":"203.0.113.9","userAgent":"Mozilla/5.0","language":"zh-CN"},"shipping":{"country":"CN","city":"Shanghai","postalCode":"200000"},"billing":{"country":"CN"},"sca":{"instrument":"card","initiatedBy":"payer","seriesId":"s_1","trustedPayee":true,"payerCountry":"DE","payeeCountry":"FR"}}""",
            Encoding.UTF8.GetString(Content(PaymentJsonTests.Full).Json));

    private static AttemptContent Content(string json) => AttemptContent.Of(PaymentJsonTests.Read(json));
}
