namespace PaymentGuard.Domain.Rules.Language.Syntax;

/// <content>One relation between two sums. A second one is refused with the fix, since <c>1 &lt; a &lt; 5</c> means something else in each language.</content>
internal sealed partial class Parser
{
    private bool StartsRelation() =>
        Current.IsWord("is")
        || WordRelation(Current) is not null
        || (Current.IsWord("not") && WordRelation(PeekToken(1)) is not null)
        || InfixAt(Current) is { Power: RelationPower };

    private static string? WordRelation(Token token) =>
        token.Kind != TokenKind.Name ? null : WordRelations.Keys.FirstOrDefault(token.IsWord);

    private Node Relations(Node left)
    {
        var relation = ReadRelation(left, out var last);
        while (!failed && StartsRelation())
        {
            ReportChain(relation, last);
            var second = ReadRelation(new Unreadable(last.Start, last.Length), out last);
            relation = new Chain(relation, second, relation.Start, second.End - relation.Start);
        }
        return relation;
    }

    private void ReportChain(Node first, Node last)
    {
        var middle = Text(last);
        var rest = source[Current.Start..RelationEnd()].TrimEnd();
        diagnostics.Add(new Diagnostic(
            DiagnosticKind.Chained,
            $"Two relations in a row: write '{Text(first)} and {middle} {rest}', or put parentheses round one of them.",
            first.Start,
            Current.End - first.Start));
    }

    private string Text(Node node) => source.Substring(node.Start, Math.Min(node.Length, source.Length - node.Start));

    /// <summary>Where the relation that begins here ends, for the offered fix: at the next <c>and</c>, <c>or</c> or unmatched bracket.</summary>
    private int RelationEnd()
    {
        var open = 0;
        for (var index = next; ; index++)
        {
            var token = tokens[index];
            if (token.IsSymbol("(") || token.IsSymbol("[") || token.IsSymbol("{")) open++;
            if (token.IsSymbol(")") || token.IsSymbol("]") || token.IsSymbol("}")) open--;
            var ends = open == 0 && (InfixAt(token) is { Power: OrPower or AndPower } || token.IsSymbol("?") || token.IsSymbol(":") || token.IsSymbol(","));
            if (token.Kind == TokenKind.End || open < 0 || ends) return token.Start;
        }
    }

    /// <param name="last">The operand on the right, which a chain would go on with.</param>
    private Node ReadRelation(Node left, out Node last)
    {
        if (AcceptWord("is")) return ReadMissingTest(left, out last);
        var isNegated = AcceptWord("not");
        var word = WordRelation(Current);
        var relation = word == "between" ? ReadBetween(left, out last) : ReadComparison(left, word, out last);
        return isNegated ? Count(new Unary(Operator.Not, relation, relation.Start, relation.Length)) : relation;
    }

    private Node ReadComparison(Node left, string? word, out Node last)
    {
        var @operator = word is null ? InfixAt(Current)!.Value.Operator : WordRelations[word]!.Value;
        Take();
        last = Expression(SumPower);
        return Count(new Binary(@operator, left, last, left.Start, last.End - left.Start));
    }

    private Node ReadBetween(Node left, out Node last)
    {
        Take();
        var low = Expression(SumPower);
        if (!AcceptWord("and") && !Accept("&&")) FailAtCurrent("'between' needs two bounds: x between 1 and 5.");
        last = Expression(SumPower);
        return Count(new Between(left, low, last, left.Start, last.End - left.Start));
    }

    private Node ReadMissingTest(Node left, out Node last)
    {
        var isNegated = AcceptWord("not");
        var end = Current.End;
        if (!AcceptWord("missing")) FailAtCurrent("After 'is' only 'missing' or 'not missing' can follow; for a comparison write '='.");
        last = left;
        return Count(new MissingTest(left, isNegated, left.Start, end - left.Start));
    }
}
