using System.Globalization;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace PaymentGuard.Rules;

/// <summary>
/// Reads one mapping of a YAML file strictly: a key that is not known, a value of another kind and a required key that is not there are
/// errors with their place. Goes on after an error, so that all come at once.
/// </summary>
internal sealed class YamlFields
{
    private readonly YamlMappingNode mapping;
    private readonly List<RuleDiagnostic> diagnostics;

    /// <param name="known">All keys that may occur; null when any may.</param>
    public YamlFields(SourceFile file, YamlMappingNode mapping, List<RuleDiagnostic> diagnostics, IReadOnlyList<string>? known)
    {
        (File, this.mapping, this.diagnostics) = (file, mapping, diagnostics);
        foreach (var key in mapping.Children.Keys)
            if (key is not YamlScalarNode scalar) Error(key, "A key has to be a plain name.");
            else if (known is not null && !known.Contains(scalar.Value)) Error(key, UnknownName("key", scalar.Value ?? "", known));
    }

    public SourceFile File { get; }

    public IEnumerable<(YamlScalarNode Key, YamlNode Value)> Entries =>
        from entry in mapping.Children where entry.Key is YamlScalarNode select ((YamlScalarNode)entry.Key, entry.Value);

    /// <summary>The one mapping that a file holds; null, with a diagnostic, when it is not YAML or something else.</summary>
    public static YamlMappingNode? RootOf(SourceFile file, List<RuleDiagnostic> diagnostics)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(PlainText.Hide(file.Text)));
        }
        catch (YamlException e)
        {
            diagnostics.Add(file.At(e.Start.Line, e.Start.Column, 1, $"Not valid YAML: {e.InnerException?.Message ?? e.Message}"));
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException)
        {
            // What the library throws where a bracket or an alias stands in the wrong place; it does not tell where.
            var place = LastReadable(file.Text);
            diagnostics.Add(file.At(place.Line, place.Column, 1, "Not valid YAML from here on."));
            return null;
        }
        if (stream.Documents is [{ RootNode: YamlMappingNode root }])
        {
            PlainText.Restore(root);
            return root;
        }
        diagnostics.Add(file.At(1, 1, 1, stream.Documents.Count > 1
            ? "One document a file: move what follows '---' to a file of its own."
            : "The file has to hold keys and values, such as 'id: my-rule'."));
        return null;
    }

    private static Mark LastReadable(string text)
    {
        var parser = new Parser(new StringReader(text));
        var place = new Mark(0, 1, 1);
        try
        {
            while (parser.MoveNext()) place = parser.Current!.End;
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException)
        {
        }
        return place;
    }

    public static string UnknownName(string what, string name, IEnumerable<string> known) =>
        NearestName.Of(name, known) is { } near
            ? $"Unknown {what} '{name}'; did you mean '{near}'?"
            : $"Unknown {what} '{name}'; it is one of: {string.Join(", ", known)}.";

    public bool Has(string key) => Find(key) is not null;

    /// <summary>Where the mapping stands when the key does not.</summary>
    public void Error(string key, string message) => Error(Find(key) ?? mapping, message);

    public void Error(YamlNode at, string message) => diagnostics.Add(Diagnostic(at, message));

    public RuleDiagnostic Diagnostic(YamlNode at, string message, bool isWarning = false) =>
        File.At(at.Start.Line, at.Start.Column, at is YamlScalarNode && at.End.Line == at.Start.Line ? (int)(at.End.Column - at.Start.Column) : 1,
            message, isWarning);

    public YamlScalarNode? Scalar(string key, bool required = false)
    {
        switch (Find(key))
        {
            case YamlScalarNode { Value.Length: > 0 } scalar:
                return scalar;
            case null when !required:
                return null;
            case null:
                Error(mapping, $"'{key}' is missing.");
                return null;
            case var other:
                Error(other, $"'{key}' has to be a text.");
                return null;
        }
    }

    public string? Text(string key, bool required = false) => Scalar(key, required)?.Value;

    /// <summary>A word out of an enumeration, written in small letters with underscores.</summary>
    public T? Word<T>(string key, bool required = false) where T : struct, Enum
    {
        if (Scalar(key, required) is not { } scalar) return null;
        var words = Enum.GetNames<T>().Select(YamlWord).ToArray();
        var index = Array.IndexOf(words, scalar.Value);
        if (index >= 0) return Enum.GetValues<T>()[index];
        Error(scalar, UnknownName(key, scalar.Value!, words));
        return null;
    }

    public int? Number(string key, int min, int max, bool required = false)
    {
        if (Scalar(key, required) is not { } scalar) return null;
        if (int.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        Error(scalar, $"'{key}' has to be a whole number from {min:N0} to {max:N0}.");
        return null;
    }

    /// <summary>A share between 0 and 1, written as a percentage: <c>0.5%</c>, and where the key says so already, <c>0.5</c>.</summary>
    public double? Share(string key, bool required = false)
    {
        if (Scalar(key, required) is not { } scalar) return null;
        if (double.TryParse(scalar.Value!.TrimEnd('%').TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            && percent is >= 0 and <= 100) return percent / 100;
        Error(scalar, $"'{key}' has to be a percentage from 0% to 100%.");
        return null;
    }

    /// <summary>An amount above 0 with its currency, <c>30 EUR</c>; required.</summary>
    public Money? Amount(string key) => Scalar(key, required: true) is { } scalar ? AmountOf(key, scalar) : null;

    /// <summary>Amounts in several currencies, none of them twice, <c>[50 EUR, 35 GBP]</c>; required.</summary>
    public IReadOnlyList<Money> Amounts(string key)
    {
        var all = new List<Money>();
        foreach (var item in Items(key))
            if (item is not YamlScalarNode scalar) Error(item, $"'{key}' has to hold amounts, such as 30 EUR.");
            else if (AmountOf(key, scalar) is not { } amount) continue;
            else if (all.Any(one => one.Currency == amount.Currency)) Error(item, $"'{key}' has an amount in {amount.Currency} already.");
            else all.Add(amount);
        if (all.Count == 0 && (!Has(key) || Items(key).Count == 0)) Error(key, $"'{key}' has to hold at least one amount, such as [30 EUR].");
        return all;
    }

    public DateOnly? Date(string key, bool required = false)
    {
        if (Scalar(key, required) is not { } scalar) return null;
        if (DateOnly.TryParseExact(scalar.Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return day;
        Error(scalar, $"'{key}' has to be a day, such as 2026-12-31.");
        return null;
    }

    public bool Flag(string key)
    {
        if (Scalar(key) is not { } scalar) return false;
        if (scalar.Value is "true" or "false") return scalar.Value == "true";
        Error(scalar, $"'{key}' is true or false.");
        return false;
    }

    public YamlFields? Mapping(string key, IReadOnlyList<string>? known)
    {
        switch (Find(key))
        {
            case null:
                return null;
            case YamlMappingNode inner:
                return new YamlFields(File, inner, diagnostics, known);
            case var other:
                Error(other, $"'{key}' has to hold keys and values.");
                return null;
        }
    }

    public IReadOnlyList<YamlFields> Mappings(string key, IReadOnlyList<string> known)
    {
        var result = new List<YamlFields>();
        foreach (var item in Items(key))
            if (item is YamlMappingNode inner) result.Add(new YamlFields(File, inner, diagnostics, known));
            else Error(item, $"Each item of '{key}' has to hold keys and values.");
        return result;
    }

    public IReadOnlyList<YamlNode> Items(string key)
    {
        if (Find(key) is not { } node) return [];
        if (node is YamlSequenceNode sequence) return [.. sequence.Children];
        Error(node, $"'{key}' has to be a list.");
        return [];
    }

    internal static string YamlWord(string name) =>
        string.Concat(name.Select((letter, n) => char.IsUpper(letter) ? (n > 0 ? "_" : "") + char.ToLowerInvariant(letter) : letter.ToString()));

    private Money? AmountOf(string key, YamlScalarNode scalar)
    {
        if (Constants.TryRead(scalar.Value ?? "", SignalType.Money, out var money) && money.Bits > 0) return new Money(money.Bits, (string)money.Reference!);
        Error(scalar, $"'{key}' has to be an amount above 0 with its currency, such as 30 EUR.");
        return null;
    }

    private YamlNode? Find(string key) => mapping.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : null;
}

/// <summary>Where the characters of a YAML scalar stand in its file, whatever its style: plain, quoted, folded over several lines.</summary>
internal static class ScalarPlace
{
    /// <summary>Line and column (from 1) of a character of the scalar's value. Line folding and escapes are skipped over.</summary>
    public static (int Line, int Column) Of(SourceFile file, YamlScalarNode scalar, int offset)
    {
        var value = scalar.Value ?? "";
        var place = FirstCharacter(file.Text, scalar);
        for (var n = 0; n <= offset && n < value.Length; n++)
        {
            if (char.IsWhiteSpace(value[n])) continue;
            var found = file.Text.IndexOf(value[n], place);
            if (found < 0) break;
            place = n == offset ? found : found + 1;
        }
        return file.Locate(place);
    }

    private static int FirstCharacter(string text, YamlScalarNode scalar)
    {
        var start = (int)scalar.Start.Index;
        return scalar.Style switch
        {
            ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted => start + 1,
            ScalarStyle.Literal or ScalarStyle.Folded => text.IndexOf('\n', start) + 1,
            _ => start,
        };
    }
}
