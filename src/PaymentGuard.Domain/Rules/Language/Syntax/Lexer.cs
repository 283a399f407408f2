namespace PaymentGuard.Domain.Rules.Language.Syntax;

/// <summary>Cuts a source into tokens. Reports what is none and goes on after it, so that several mistakes are found at once.</summary>
internal sealed class Lexer
{
    // Longest first: the first that fits is taken.
    private static readonly string[] Symbols =
        ["<=", ">=", "==", "!=", "<>", "&&", "||", "??", "=", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{", "}", ",", ".", ":", "?"];

    private static readonly Dictionary<string, string> Advice = new()
    {
        ["=>"] = "There is no '=>': write '>='.",
        ["=<"] = "There is no '=<': write '<='.",
        ["==="] = "There is no '===': write '='.",
        ["&"] = "There is no '&': write 'and' or '&&'.",
        ["|"] = "There is no '|': write 'or' or '||'.",
        [";"] = "An expression is one line of thought: nothing is ended by ';'.",
        ["$"] = "There is no '$': attributes are written by their name, lists as @name.",
    };

    private readonly string source;
    private readonly List<Diagnostic> diagnostics;
    private readonly List<Token> tokens = [];
    private int position;

    private Lexer(string source, List<Diagnostic> diagnostics)
    {
        this.source = source;
        this.diagnostics = diagnostics;
    }

    /// <summary>The tokens, with an <see cref="TokenKind.End"/> last.</summary>
    public static List<Token> Read(string source, List<Diagnostic> diagnostics)
    {
        var lexer = new Lexer(source, diagnostics);
        while (lexer.SkipBlank()) lexer.ReadToken();
        lexer.tokens.Add(new Token(TokenKind.End, source.Length, 0, null));
        return lexer.tokens;
    }

    private char Current => Peek(0);

    private char Peek(int ahead) => position + ahead < source.Length ? source[position + ahead] : '\0';

    private bool SkipBlank()
    {
        while (position < source.Length)
        {
            if (Current == '/' && Peek(1) == '/') SkipComment();
            else if (Current is ' ' or '\t' or '\n' or '\r' or '\f') position++;
            else return true;
        }
        return false;
    }

    private void SkipComment()
    {
        while (position < source.Length && Current is not ('\n' or '\r')) position++;
    }

    private void ReadToken()
    {
        var start = position;
        if (TextLiteral.Starts(source, start)) ReadText();
        else if (AddressLiteral.TryRead(source, start, out var address)) ReadAddress(address);
        else if (char.IsAsciiDigit(Current) || (Current == '.' && char.IsAsciiDigit(Peek(1)))) ReadNumber();
        else if (IsNameStart(Current)) Add(TokenKind.Name, start, ReadName());
        else if (Current == '@' && IsNameStart(Peek(1))) ReadListName();
        else if (Current == '`') ReadQuotedName();
        else ReadSymbol();
    }

    private void Add(TokenKind kind, int start, object? value) => tokens.Add(new Token(kind, start, position - start, value));

    private void Fail(string message, int start) =>
        diagnostics.Add(new Diagnostic(DiagnosticKind.Syntax, message, start, Math.Max(position - start, 1)));

    internal static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_';

    internal static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private string ReadName()
    {
        var start = position;
        while (IsNamePart(Current)) position++;
        return source[start..position];
    }

    private void ReadText()
    {
        var start = position;
        var text = TextLiteral.Read(source, ref position, out var mistake);
        if (mistake is null) Add(TokenKind.Text, start, text);
        else Fail(mistake, start);
    }

    private void ReadAddress(AddressLiteral literal)
    {
        var start = position;
        position += literal.Length;
        if (literal.Value is { } value) Add(value is Network ? TokenKind.Network : TokenKind.Ip, start, value);
        else Fail($"'{source[start..position]}' is no address: write four numbers up to 255, and for a network a length up to 32.", start);
    }

    private void ReadNumber()
    {
        var start = position;
        var kind = NumberLiteral.Read(source, ref position, out var value, out var mistake);
        if (mistake is null) Add(kind, start, value);
        else Fail(mistake, start);
    }

    private void ReadListName()
    {
        var start = position++;
        Add(TokenKind.List, start, ReadName());
    }

    private void ReadQuotedName()
    {
        var start = position;
        var end = source.IndexOf('`', start + 1);
        position = end < 0 ? source.Length : end + 1;
        if (end < 0) Fail("The name in backticks does not end.", start);
        else Add(TokenKind.QuotedName, start, source[(start + 1)..end]);
    }

    private void ReadSymbol()
    {
        var start = position;
        foreach (var (spelling, advice) in Advice)
        {
            if (!Matches(spelling) || Matches("&&") || Matches("||")) continue;
            position += spelling.Length;
            Fail(advice, start);
            return;
        }
        if (Array.Find(Symbols, Matches) is not { } symbol)
        {
            FailOnCharacter(start);
            return;
        }
        position += symbol.Length;
        Add(TokenKind.Symbol, start, symbol);
    }

    private bool Matches(string spelling) => string.CompareOrdinal(source, position, spelling, 0, spelling.Length) == 0;

    private void FailOnCharacter(int start)
    {
        var character = source[start];
        position += char.IsHighSurrogate(character) && char.IsLowSurrogate(Peek(1)) ? 2 : 1;
        Fail(
            character switch
            {
                '‘' or '’' or '“' or '”' => "Write straight quotes: ' or \".",
                '≤' => "Write '<='.",
                '≥' => "Write '>='.",
                '≠' => "Write '!='.",
                _ when char.IsControl(character) || char.IsWhiteSpace(character) => $"The invisible character U+{(int)character:X4} is not allowed here.",
                _ => $"The character '{source[start..position]}' means nothing here.",
            },
            start);
    }
}
