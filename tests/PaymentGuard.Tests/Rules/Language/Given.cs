using System.Net;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;

namespace PaymentGuard.Tests.Rules.Language;

/// <summary>A small catalog as a rule set has one, and short ways to ask it.</summary>
internal static class Given
{
    public static readonly LanguageScope Scope = new(
        [
            new("amount", SignalType.Money, ""), new("card.country", SignalType.Text, "", "card_country"), new("ip.country", SignalType.Text, "", "ip_country"),
            new("ip", SignalType.Ip, ""), new("email", SignalType.Text, ""), new("email_domain", SignalType.Text, ""), new("bin", SignalType.Text, ""),
            new("account.age", SignalType.Duration, ""), new("risk_score", SignalType.Double, ""), new("attempts", SignalType.Int, ""),
            new("verified", SignalType.Bool, ""), new("device.id", SignalType.Text, ""), new("seen", SignalType.Timestamp, ""),
        ],
        [new("card", ["device", "account", "ip"]), new("device", ["card", "account"]), new("ip", ["card"]), new("email", [])],
        [NamedList.OfTexts("bad_bins", ["400000", "411111"]), NamedList.OfNetworks("tor", ["198.51.100.7", "203.0.113.0/24", "2001:db8::/32"])],
        new Dictionary<string, string> { ["habit"] = "card.avg(amount, 30d)", ["broken"] = "card.avg(amount)" });

    public static CheckedExpression Expression(string source)
    {
        var expression = Expressions.Check(source, Scope, out var diagnostics);
        Assert.True(expression is not null, $"{source}: {string.Join(" ", diagnostics.Select(diagnostic => diagnostic.Message))}");
        return expression;
    }

    public static IReadOnlyList<Diagnostic> Mistakes(string source)
    {
        Assert.Null(Expressions.Check(source, Scope, out var diagnostics));
        return diagnostics;
    }

    /// <summary>The value for the given attributes and velocities; null when missing.</summary>
    public static object? Evaluate(string source, IReferenceData? rates, params (string Name, object Value)[] values)
    {
        var expression = Expression(source);
        var layout = new SignalLayout(expression.Attributes, expression.Velocities);
        var signals = new Signals(layout.SlotCount);
        if (rates is not null) signals.SetRates(rates, DateTimeOffset.UnixEpoch);
        foreach (var (name, value) in values)
            if (layout.SlotOf(name) is >= 0 and var slot) signals.Set(slot, Signal.OfValue(value));
        return ExpressionProgram.Compile(expression, layout).Evaluate(signals);
    }

    public static object? Evaluate(string source, params (string Name, object Value)[] values) => Evaluate(source, null, values);

    /// <summary>One dollar is half a euro; nothing else is known.</summary>
    public sealed class HalfDollar : IReferenceData
    {
        public string? CountryOf(IPAddress address) => null;

        public Money? InBaseCurrency(Money amount, DateTimeOffset at) => amount.Currency switch
        {
            Currencies.Base => amount,
            "USD" => new Money(amount.Minor / 2, Currencies.Base),
            _ => null,
        };
    }
}
