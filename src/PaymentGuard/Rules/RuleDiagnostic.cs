using System.Text;

namespace PaymentGuard.Rules;

/// <summary>Something wrong in a file of the rules folder, and where.</summary>
/// <param name="File">Path within the folder.</param>
/// <param name="Line">From 1; 0 when the file as a whole is meant.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">What is wrong and, where one is near, the right name or the fix.</param>
/// <param name="SourceLine">The line itself, for the caret; null when there is none to show.</param>
/// <param name="Length">How many characters the caret underlines.</param>
/// <param name="IsWarning">The rule set loads nevertheless.</param>
internal sealed record RuleDiagnostic(
    string File, int Line, int Column, string Message, string? SourceLine = null, int Length = 1, bool IsWarning = false)
{
    /// <summary><c>file:line:column: error: message</c>, the line and a caret under the place.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(File);
        if (Line > 0) text.Append($":{Line}:{Column}");
        text.Append(IsWarning ? ": warning: " : ": error: ").Append(Message);
        if (SourceLine is null) return text.ToString();
        var carets = Math.Clamp(Length, 1, Math.Max(1, SourceLine.Length - Column + 1));
        return text.Append($"\n  {SourceLine.Replace('\t', ' ')}\n  ").Append(' ', Column - 1).Append('^', carets).ToString();
    }
}

/// <summary>A file as read, which knows what its lines look like.</summary>
internal sealed class SourceFile(string path, string text)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string[] lines = text.Split('\n');

    public string Path => path;

    public string Text => text;

    /// <param name="name">What diagnostics call it.</param>
    /// <returns>Null, with a diagnostic, when it cannot be read or is no text.</returns>
    public static SourceFile? Read(string name, string path, List<RuleDiagnostic> diagnostics)
    {
        try
        {
            return new SourceFile(name, Utf8.GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF').ReplaceLineEndings("\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            diagnostics.Add(new(name, 0, 0, e is DecoderFallbackException ? "The file is no text in UTF-8." : $"The file cannot be read: {e.Message}"));
            return null;
        }
    }

    public RuleDiagnostic At(long line, long column, int length, string message, bool isWarning = false) =>
        line >= 1 && line <= lines.Length
            ? new(path, (int)line, (int)Math.Max(1, column), message, lines[line - 1].TrimEnd('\r'), length, isWarning)
            : new(path, 0, 0, message, IsWarning: isWarning);

    /// <summary>The line and column (from 1) of a position in the text.</summary>
    public (int Line, int Column) Locate(int index)
    {
        var before = text.AsSpan(0, Math.Clamp(index, 0, text.Length));
        return (before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }
}
