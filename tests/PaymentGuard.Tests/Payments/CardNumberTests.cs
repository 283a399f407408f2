using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Tests.Payments;

public sealed class CardNumberTests
{
    [Theory]
    [InlineData("4111111111111111")]           // Visa
    [InlineData("4222222222222")]              // Visa, 13 digits
    [InlineData("5555555555554444")]           // Mastercard
    [InlineData("2223003122003222")]           // Mastercard, 2-series
    [InlineData("378282246310005")]            // American Express
    [InlineData("6011111111111117")]           // Discover
    [InlineData("30569309025904")]             // Diners Club
    [InlineData("3530111333300000")]           // JCB
    [InlineData("6200000000000005")]           // UnionPay
    [InlineData("6759649826438453")]           // Maestro
    [InlineData("2200000000000004")]           // Mir
    [InlineData("6521111111111110")]           // RuPay
    [InlineData("5061000000000000007")]        // Verve, 19 digits
    [InlineData("122000000000003")]            // UATP
    [InlineData("9792000000000003")]           // Troy
    [InlineData("4111 1111 1111 1111")]
    [InlineData("4111-1111-1111-1111")]
    [InlineData("3782 822463 10005")]
    [InlineData("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1")]
    [InlineData("card: 4111111111111111.")]
    [InlineData("41111111-1111-1111-9abc-def01234567")]    // a digit short of a UUID
    [InlineData("2_4111111111111111abcdefabcdefabcd")]
    [InlineData("tok4111111111111111x")]
    [InlineData("order 2024 4111 1111 1111 1111")]
    [InlineData("4111 1111 1111 1111 2024")]
    [InlineData("12 4111111111111111")]
    [InlineData("\uff14\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11")]   // full width
    [InlineData("٤١١١١١١١١١١١١١١١")]           // Arabic-Indic
    [InlineData("4111\u00a01111\u20111111\u20131111")]
    public void IsIn_CardNumber_IsFound(string text) => Assert.True(CardNumber.IsIn(text));

    [Theory]
    [InlineData("")]
    [InlineData("4111111111111112")]           // wrong check digit
    [InlineData("9111111111111111111")]
    [InlineData("0000000000000000")]           // passes Luhn, no scheme
    [InlineData("41111111111111111111111")]    // a longer run
    [InlineData("994111111111111111199")]
    [InlineData("4111  1111  1111  1111")]     // two spaces
    [InlineData("4111 -1111 1111 1111")]
    [InlineData("4111/1111/1111/1111")]
    [InlineData("2026-11-21 10:00:00")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36")]
    [InlineData("203.0.113.9")]
    [InlineData("pay_0193f2b1c4d87e5a9b3c")]
    [InlineData("41111111-1111-1111-9abc-def012345678")]   // a UUID
    [InlineData("pay_4111111111111111abcdefabcdefabcd")]
    [InlineData("上海市浦东新区世纪大道100号")]
    public void IsIn_NoCardNumber_IsNotFound(string text) => Assert.False(CardNumber.IsIn(text));

    [Fact]
    public void IsIn_NumberAnywhereInLetters_IsFound()
    {
        for (var before = 0; before < 70; before++)
            Assert.True(CardNumber.IsIn(new string('a', before) + "5555555555554444" + new string('z', 70 - before)));
    }
}
