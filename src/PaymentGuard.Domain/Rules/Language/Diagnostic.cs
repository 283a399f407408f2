namespace PaymentGuard.Domain.Rules.Language;

/// <summary>What is wrong with an expression.</summary>
public enum DiagnosticKind
{
    /// <summary>It does not parse.</summary>
    Syntax,
    /// <summary>Two relations without <c>and</c> between them: <c>1 &lt; a &lt; 5</c>.</summary>
    Chained,
    /// <summary>Too long, too deep or too large, see <see cref="LanguageLimits"/>.</summary>
    Limit,
    /// <summary>An attribute, function, list, entity or currency that does not exist.</summary>
    Name,
    /// <summary>Operands that do not go together.</summary>
    Type,
}

/// <summary>One mistake in an expression, told to its author.</summary>
/// <param name="Message">One sentence; where a right name or a fix is near, it offers that.</param>
/// <param name="Start">Offset of the first wrong character in the source; its length at the end of the source.</param>
/// <param name="Length">How many characters are meant; 0 where something is absent.</param>
public sealed record Diagnostic(DiagnosticKind Kind, string Message, int Start, int Length);

/// <summary>How large an expression may be, so that none can hold up a payment.</summary>
public static class LanguageLimits
{
    /// <summary>Characters (code points) of the source.</summary>
    public const int CharactersMax = 4_096;

    /// <summary>Levels of nesting: parentheses, lists, calls, signs. A row of <c>or</c> is long, not deep.</summary>
    public const int DepthMax = 64;

    /// <summary>Names, literals, operators and calls, those of named velocities included.</summary>
    public const int NodesMax = 256;

    /// <summary>Estimated work of one evaluation, in comparisons of two numbers: macros inside macros multiply.</summary>
    public const int CostMax = 100_000;
}
