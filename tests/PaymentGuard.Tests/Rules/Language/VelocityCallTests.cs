using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Tests.Rules.Language;

public sealed class VelocityCallTests
{
    [Theory]
    [InlineData("card.count(600s)", "card.count(10m)")]
    [InlineData("card . count( 24h )", "card.count(1d)")]
    [InlineData("card.count(90s, offset: 168h, include: current)", "card.count(90s, include: current, offset: 7d)")]
    [InlineData("card.declines(1w)", "card.declines(7d)")]
    [InlineData("card.count(10m, where: outcome=='declined'&&!(fraud))", "card.count(10m, where: outcome = \"declined\" and !fraud)")]
    [InlineData("card.count(10m, where: not (amount >= 5.0 EUR or same_device))", "card.count(10m, where: not (amount >= 5.00 EUR or same_device))")]
    [InlineData("card.sum(amount,30d)", "card.sum(amount, 30d)")]
    [InlineData("card.distinct(device, 24h)", "card.distinct(device, 1d)")]
    [InlineData("card.streak(declined)", "card.streak(declined)")]
    [InlineData("card.streak(declined, 1h)", "card.streak(declined, 1h)")]
    [InlineData("card.ratio(declined, 15m)", "card.ratio(declined, 15m)")]
    [InlineData("card.events('password_changed', 24h)", "card.events(\"password_changed\", 1d)")]
    [InlineData("card.events('challenge_failed', 1h)", "card.events(\"challenge_failed\", 1h)")]
    [InlineData("card.events('signed_in', 3h, where: not same_ip)", "card.events(\"signed_in\", 3h, where: !same_ip)")]
    [InlineData("card.challenge_failures(60m)", "card.challenge_failures(1h)")]
    [InlineData("card.first_seen()", "card.first_seen()")]
    [InlineData("habit", "card.avg(amount, 30d)")]
    public void Check_Velocity_HasOneNormalText(string source, string text)
    {
        var query = Assert.Single(Given.Expression(source).Velocities);
        Assert.Equal(text, query.Text);
        Assert.Equal(query, Assert.Single(Given.Expression(text).Velocities));
    }

    [Fact]
    public void Check_Velocity_CarriesWhatIsAskedFor()
    {
        var query = Assert.Single(Given.Expression("card.distinct(ip, 2h, include: current, offset: 1d) > 3").Velocities);
        Assert.Equal(("card", VelocityAggregate.Distinct, "ip", 7_200_000L, 86_400_000L, true), (query.Entity, query.Aggregate, query.Field, query.WindowMs, query.OffsetMs, query.IncludeCurrent));
        Assert.Null(query.Where);
    }

    [Theory]
    [InlineData("card.count(10m)", SignalType.Int)]
    [InlineData("card.max(amount, 10m)", SignalType.Money)]
    [InlineData("card.ratio(authorized, 10m)", SignalType.Double)]
    [InlineData("card.since_last()", SignalType.Duration)]
    [InlineData("amount / habit", SignalType.Double)]
    [InlineData("2.5 * habit", SignalType.Money)]
    public void Check_Velocity_HasTheTypeOfItsAggregate(string source, SignalType type) => Assert.Equal(type, Given.Expression(source).Type);

    [Fact]
    public void Check_SameVelocityTwice_IsReadOnce() =>
        Assert.Equal(["card.count(10m)", "card.count(1h)"], Given.Expression("card.count(10m) > 3 or card.count(1h) > 5 and card.count(600s) > 1").Velocities.Select(query => query.Text));

    [Fact]
    public void Check_EntityThatIsAnAttributeToo_KeepsBoth()
    {
        var expression = Given.Expression("ip.distinct(card, 1h) > 3 and not ip.isLoopback() and ip.country = 'DE' and email.contains('+')");
        Assert.Equal(["ip", "ip.country", "email"], expression.Attributes.Select(attribute => attribute.Name));
    }

    [Theory]
    [InlineData("outcome = \"declined\"", AttemptOutcome.Declined, false, 100, 0, true)]
    [InlineData("outcome = \"declined\"", AttemptOutcome.Authorized, false, 100, 0, false)]
    [InlineData("outcome = \"declined\"", AttemptOutcome.None, false, 100, 0, false)]
    [InlineData("outcome != \"declined\"", AttemptOutcome.None, false, 100, 0, false)]
    [InlineData("outcome is missing or fraud", AttemptOutcome.None, false, 100, 0, true)]
    [InlineData("amount < 5 EUR and not fraud", AttemptOutcome.None, false, 499, 0, true)]
    [InlineData("amount < 5 EUR", AttemptOutcome.None, false, -1, 0, false)]
    [InlineData("amount between 1 EUR and 2 EUR", AttemptOutcome.None, true, 200, 0, true)]
    [InlineData("same_account", AttemptOutcome.None, false, 100, 0b010, true)]
    [InlineData("same_account and not same_ip", AttemptOutcome.None, false, 100, 0b110, false)]
    public void Matches_WhereCondition_AsksTheAttempt(string where, AttemptOutcome outcome, bool fraud, long minor, byte same, bool expected)
    {
        var query = Assert.Single(Given.Expression($"card.count(10m, where: {where})").Velocities);
        Assert.Equal(expected, query.Where!.Matches(new AttemptFields(outcome, fraud, minor, same)));
    }

    [Theory]
    [InlineData("same_ip", 0b100, 0b100, true)]
    [InlineData("same_ip", 0b000, 0b100, false)]
    [InlineData("not same_ip", 0b000, 0b100, true)]
    [InlineData("not same_ip", 0b000, 0b011, false)]       // one of them does not tell its address
    [InlineData("not same_ip or same_device", 0b001, 0b001, true)]
    public void Matches_WhereConditionOnEvents_TakesWhatIsNotToldAsMissing(string where, byte same, byte told, bool expected)
    {
        var query = Assert.Single(Given.Expression($"card.events('signed_in', 10m, where: {where})").Velocities);
        Assert.Equal(expected, query.Where!.Matches(new AttemptFields(AttemptOutcome.None, false, -1, same, told)));
    }

    [Theory]
    [InlineData("card.events('signed_in', 1h, where: amount > 5 EUR)")]
    [InlineData("card.events('signed_in', 1h, where: outcome = 'declined')")]
    [InlineData("card.challenge_failures(1h, where: same_ip)")]
    [InlineData("card.challenge_failures()")]
    [InlineData("card.challenge_failures('failed', 1h)")]
    public void Check_WhatEventsDoNotHave_IsAnError(string source)
    {
        Assert.Null(Expressions.Check(source, Given.Scope, out var diagnostics));
        Assert.NotEmpty(diagnostics);
    }

    [Fact]
    public void Evaluate_Velocity_ReadsItsSlot()
    {
        Assert.Equal(true, Given.Evaluate("amount > 2.5 * habit", ("amount", new Money(2_501, "EUR")), ("card.avg(amount, 30d)", new Money(1_000, "EUR"))));
        Assert.Null(Given.Evaluate("amount > 2.5 * habit", ("amount", new Money(2_501, "EUR"))));
    }
}
