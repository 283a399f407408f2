using System.Net;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;

namespace PaymentGuard.Tests.Rules.Language;

public sealed class EvaluationTests
{
    [Theory]
    [InlineData("'a_b' like 'a\\\\_b'", true)]
    [InlineData("'axb' like 'a\\\\_b'", false)]
    [InlineData("'axb' like 'a_b'", true)]
    [InlineData("'a🐱b' like 'a_b'", true)]
    [InlineData("'abc' like '%b%'", true)]
    [InlineData("'aXbXc' like 'a%X%c'", true)]
    [InlineData("'abc' like 'ab'", false)]
    [InlineData("'' like '%'", true)]
    [InlineData("'' like '_'", false)]
    [InlineData("'50%' like '%\\\\%'", true)]
    [InlineData("'mail.example' not like '%.test'", true)]
    [InlineData("5 not between 1 and 4", true)]
    [InlineData("'x' in ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'x']", true)]
    [InlineData("3 in [1, 2.5, 3.0]", true)]
    [InlineData("2001:db8::7 in @tor", true)]
    [InlineData("198.51.100.8 in @tor", false)]
    [InlineData("ip('::ffff:cb00:7109') in 203.0.113.0/24", true)]
    [InlineData("'411111' in @bad_bins and 'X' not in @bad_bins", true)]
    [InlineData("'a🐱'.size() = 2 and 'a🐱b'.substring(1, 2) = '🐱' and 'a🐱b'.indexOf('b') = 2", true)]
    [InlineData("'A-b'.lowerAscii() + 'é'.upperAscii() = 'a-bé'", true)]
    [InlineData("' x '.trim() = 'x' and 'a,b,c'.split(',') = ['a', 'b', 'c'] and ['a', 'b'].join('-') = 'a-b'", true)]
    [InlineData("'banana'.replace('a', 'o', 2) = 'bonona' and 'ab'.replace('', '-') = '-a-b-'", true)]
    [InlineData("'ann+1@example.org'.matches('^[a-z]+\\\\+[0-9]+@')", true)]
    [InlineData("'🐱'.matches('^.$') and '🐱🐱'.matches('^🐱+$') and '🐱'.matches('^[a🐱]$') and '🐱'.matches('^\\\\D$')", true)]
    [InlineData("'é'.matches('\\\\w') or 'a\\n'.matches('a$') or '٣'.matches('\\\\d')", false)]
    [InlineData("'AB'.matches('(?i)^ab$') and 'x1'.matches('[[:alpha:]]\\\\d') and 'a.b'.matches('\\\\Qa.b\\\\E')", true)]
    [InlineData("string(1e6) = '1e+06' and string(0.1) = '0.1' and string(123456.5) = '123456.5' and string(1e-5) = '1e-05'", true)]
    [InlineData("double('1e5') = 100000.0 and int('-7') = -7", true)]
    [InlineData("[3, 1, 2].filter(x, x > 1).map(x, x * 2) = [6, 4]", true)]
    [InlineData("[1, 2].all(x, x > 0 and [3].exists(y, y > x))", true)]
    [InlineData("has({'a': {'b': 1}}.a.b) and not has({'a': 1}.b)", true)]
    [InlineData("1h30m = 5400s and -1h < 0s and 3 * 5 EUR = 15 EUR and 10 EUR / 4 EUR = 2.5", true)]
    [InlineData("timestamp('2026-03-29T01:30:00Z').getHours('Europe/Berlin') = 3", true)]
    [InlineData("timestamp('2024-12-31T23:30:00Z').getDayOfYear() = 365 and timestamp('2024-12-31T23:30:00Z').getDayOfYear('+01:00') = 0", true)]
    public void Evaluate_Constants_GiveTheExpectedAnswer(string source, bool expected) => Assert.Equal(expected, Given.Evaluate(source));

    [Theory]
    [InlineData("9223372036854775807 + attempts > 0")]
    [InlineData("10 / (attempts - 1) > 0")]
    [InlineData("10 % (attempts - 1) > 0")]
    [InlineData("[1, 2][attempts + 5] > 0")]
    [InlineData("{'a': 1}[email] > 0")]
    [InlineData("int(email) > 0")]
    [InlineData("timestamp(email) > timestamp(0)")]
    [InlineData("seen + 106751d > seen + 106751d and seen + 106751d + 106751d * 1 > seen")]
    [InlineData("5 EUR * 9223372036854775807 > 5 EUR")]
    [InlineData("5 EUR / 0.0 > 5 EUR")]
    [InlineData("5 EUR / (attempts * 0 EUR) > 1.0")]
    [InlineData("seen.getHours('Nowhere/Land') = 1")]
    public void Evaluate_WhatHasNoResult_IsMissing(string source)
    {
        if (Expressions.Check(source, Given.Scope, out _) is null) return;
        Assert.Null(Given.Evaluate(source, ("attempts", 1L), ("email", "x"), ("seen", Timestamp.FromParts(253_000_000_000, 0))));
    }

    [Fact]
    public void Evaluate_TwoCurrencies_MeetInTheBaseCurrencyWhereARateIsKnown()
    {
        var rates = new Given.HalfDollar();
        Assert.Equal(true, Given.Evaluate("amount < 5 EUR", rates, ("amount", new Money(999, "USD"))));
        Assert.Equal(false, Given.Evaluate("amount < 5 EUR", rates, ("amount", new Money(1_002, "USD"))));
        Assert.Null(Given.Evaluate("amount < 5 EUR", rates, ("amount", new Money(1, "CNY"))));
        Assert.Null(Given.Evaluate("amount < 5 EUR", ("amount", new Money(999, "USD"))));
        Assert.Equal(new Money(600, "EUR"), Given.Evaluate("amount + 1 EUR", rates, ("amount", new Money(1_000, "USD"))));
    }

    [Fact]
    public void Evaluate_UnavailableSignal_IsMissingToAConditionAndKeptInTheSignals()
    {
        var expression = Given.Expression("card.count(10m) >= 3 or verified");
        var layout = new SignalLayout(expression.Attributes, expression.Velocities);
        var signals = new Signals(layout.SlotCount);
        signals.SetUnavailable(layout.SlotOf("card.count(10m)"));
        ConditionBlock.Compile([expression], layout).Evaluate(signals, out var isTrue, out var isMissing);
        Assert.Equal((0UL, 1UL, true), (isTrue, isMissing, signals.AnyUnavailable));
    }

    [Fact]
    public void TryEvaluateNumber_EachType_IsInItsUnit()
    {
        Assert.Equal(12.5, Number("amount", "amount", new Money(1_250, "EUR")));
        Assert.Equal(1_250, Number("amount", "amount", new Money(1_250, "JPY")));
        Assert.Equal(90.5, Number("account.age", "account.age", Duration.FromMilliseconds(90_500)));
        Assert.Equal(-1.5, Number("-account.age", "account.age", Duration.FromMilliseconds(1_500)));
        Assert.Equal(1, Number("verified", "verified", true));
        Assert.Null(Number("email", "email", "x"));
        Assert.Null(Number("attempts", "email", "x"));
    }

    [Fact]
    public void Compile_MoreThan64Conditions_IsRefused()
    {
        var condition = Given.Expression("verified");
        Assert.Throws<ArgumentException>(() => ConditionBlock.Compile([.. Enumerable.Repeat(condition, 65)], new SignalLayout(condition.Attributes, [])));
        Assert.Throws<ArgumentException>(() => ConditionBlock.Compile([Given.Expression("attempts")], new SignalLayout([], [])));
    }

    [Fact]
    public void SetIp_WrappedIpv4_IsThatAddress()
    {
        var signals = new Signals(1);
        signals.SetIp(0, IPAddress.Parse("::ffff:203.0.113.9"));
        Assert.Equal(IPAddress.Parse("203.0.113.9"), signals[0].Reference);
    }

    private static double? Number(string source, string name, object value)
    {
        var expression = Given.Expression(source);
        var layout = new SignalLayout(expression.Attributes, []);
        var signals = new Signals(layout.SlotCount);
        if (layout.SlotOf(name) is >= 0 and var slot) signals.Set(slot, Signal.OfValue(value));
        return ExpressionProgram.Compile(expression, layout).TryEvaluateNumber(signals, out var number) ? number : null;
    }
}
