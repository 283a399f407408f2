using PaymentGuard.Domain.Rules.Language;

namespace PaymentGuard.Tests.Rules.Language;

public sealed class DiagnosticTests
{
    [Theory]
    [InlineData("amuont > 5 EUR", DiagnosticKind.Name, "amuont", "Did you mean 'amount'?")]
    [InlineData("verified and card_contry = 'DE'", DiagnosticKind.Name, "card_contry", "Did you mean 'card_country'?")]
    [InlineData("email.startWith('a')", DiagnosticKind.Name, "startWith", "Did you mean 'startsWith'?")]
    [InlineData("card.cuont(10m) > 3", DiagnosticKind.Name, "cuont", "Did you mean 'count'?")]
    [InlineData("card.distinct(devise, 24h) > 3", DiagnosticKind.Name, "devise", "Did you mean 'device'?")]
    [InlineData("card.count(10m, where: outcome = 'declind') > 3", DiagnosticKind.Name, "'declind'", "Did you mean 'declined'?")]
    [InlineData("card.count(10m, were: fraud) > 3", DiagnosticKind.Name, "were", "Did you mean 'where'?")]
    [InlineData("card.count(10m, where: same_devise) > 3", DiagnosticKind.Name, "same_devise", "Did you mean 'same_device'?")]
    [InlineData("card.events('password_change', 24h) > 0", DiagnosticKind.Name, "'password_change'", "Did you mean 'password_changed'?")]
    [InlineData("bin in @bad_bin", DiagnosticKind.Name, "@bad_bin", "Did you mean 'bad_bins'?")]
    [InlineData("amount > 5 EUE", DiagnosticKind.Name, "5 EUE", "There is no currency 'EUE'.")]
    [InlineData("card > 3", DiagnosticKind.Name, "card", "card.count(10m)")]
    [InlineData("1 < risk_score < 5 and verified", DiagnosticKind.Chained, "1 < risk_score <", "'1 < risk_score and risk_score < 5'")]
    [InlineData("amount > 5", DiagnosticKind.Type, "amount > 5", "write '5 EUR'")]
    [InlineData("account.age > 24", DiagnosticKind.Type, "account.age > 24", "write '24h'")]
    [InlineData("ip = '203.0.113.9'", DiagnosticKind.Type, "ip = '203.0.113.9'", "without quotes")]
    [InlineData("email = null", DiagnosticKind.Type, "email = null", "'email is missing'")]
    [InlineData("verified == not verified", DiagnosticKind.Syntax, "not", "write '!'")]
    [InlineData("risk_score => 5", DiagnosticKind.Syntax, "=>", "write '>='")]
    [InlineData("email = “", DiagnosticKind.Syntax, "“", "straight quotes")]
    [InlineData("card.count() > 3", DiagnosticKind.Type, "card.count()", "card.count(10m)")]
    [InlineData("card.count(10) > 3", DiagnosticKind.Type, "10", "duration such as 10m")]
    [InlineData("card.count(500d) > 3", DiagnosticKind.Type, "500d", "from 1s to 400d")]
    [InlineData("card.count(10m, 5m) > 3", DiagnosticKind.Type, "5m", "too much")]
    [InlineData("card.sum(10m) > 5 EUR", DiagnosticKind.Type, "card.sum(10m)", "card.sum(amount, 30d)")]
    [InlineData("card.first_seen(10m) < 5m", DiagnosticKind.Type, "10m", "card.first_seen()")]
    [InlineData("card.count(10m, include: others) > 3", DiagnosticKind.Type, "others", "'current'")]
    [InlineData("card.count(10m, where: amount > 5 USD) > 3", DiagnosticKind.Type, "5 USD", "EUR")]
    [InlineData("card.first_seen(where: fraud) < 5m", DiagnosticKind.Type, "where", "takes no 'where:'")]
    [InlineData("broken > 5 EUR", DiagnosticKind.Type, "broken", "card.avg(amount, 30d)")]
    [InlineData("email.matches('(')", DiagnosticKind.Type, "'('", "regular expression")]
    [InlineData("email.matches(bin)", DiagnosticKind.Type, "bin", "text in quotes")]
    [InlineData("email = '\\q \\q'", DiagnosticKind.Syntax, "'\\q \\q'", "no escape")]
    [InlineData("5u > attempts", DiagnosticKind.Syntax, "5u", "write '5'")]
    [InlineData("account.age > 5x", DiagnosticKind.Syntax, "5x", "90s")]
    public void Check_OneMistake_IsToldWithItsPlaceAndTheFix(string source, DiagnosticKind kind, string place, string fix)
    {
        var mistake = Assert.Single(Given.Mistakes(source));
        Assert.Equal((kind, place), (mistake.Kind, source.Substring(mistake.Start, mistake.Length)));
        Assert.Contains(fix, mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_SeveralMistakes_AreAllToldInTheOrderOfTheSource()
    {
        var mistakes = Given.Mistakes("amuont > 5 EUR and email > 5 or 1 < risk_score < 5 or card.cuont(10m) > 2 or vreified");
        Assert.Equal(
            [DiagnosticKind.Name, DiagnosticKind.Type, DiagnosticKind.Chained, DiagnosticKind.Name, DiagnosticKind.Name],
            mistakes.Select(mistake => mistake.Kind));
    }

    [Fact]
    public void Check_SyntaxErrorAndWrongName_TellsBoth()
    {
        var mistakes = Given.Mistakes("(amuont > 5 EUR or verified");
        Assert.Equal([DiagnosticKind.Name, DiagnosticKind.Syntax], mistakes.Select(mistake => mistake.Kind));
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Check_Parentheses_AreAllowedTo64Levels(int levels, bool isAllowed)
    {
        var source = $"{new string('(', levels)}verified{new string(')', levels)}";
        Assert.Equal(isAllowed, Expressions.Check(source, Given.Scope, out _) is not null);
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void Check_RowOfConditions_IsLimitedByItsNodes(int conditions, bool isAllowed)
    {
        var source = string.Join(" or ", Enumerable.Repeat("verified", conditions));
        Assert.Equal(isAllowed, Expressions.Check(source, Given.Scope, out _) is not null);
    }

    [Fact]
    public void Check_MacrosInsideMacros_AreRefusedByTheirCost()
    {
        var source = string.Concat(Enumerable.Range(0, 20).Select(n => $"[0, 1].all(x{n}, ")) + "true" + new string(')', 20);
        Assert.Equal(DiagnosticKind.Limit, Assert.Single(Given.Mistakes(source)).Kind);
    }
}
