using System.Globalization;
using System.Text.Json;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules.Language;
using PaymentGuard.Rules;

namespace PaymentGuard.Platform;

/// <summary>
/// Reads one JSON object of a case strictly: a field that is not known, is there twice, is missing or has another type ends the case. The
/// message names the place (JSON Pointer) and never the value.
/// </summary>
internal sealed class CaseFields
{
    private readonly Dictionary<string, JsonElement> fields = new(StringComparer.Ordinal);
    private readonly string path;

    /// <exception cref="InvalidDataException">It is no object, or has a field twice or one that is not known.</exception>
    public CaseFields(JsonElement element, string path, params ReadOnlySpan<string> known)
    {
        this.path = path;
        if (element.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{(path.Length == 0 ? "A case" : path)} has to be an object.");
        foreach (var property in element.EnumerateObject())
        {
            var name = NameOf(property);
            if (name is null || !known.Contains(name)) throw new InvalidDataException($"{path}/{name}: there is no such field; it is one of: {string.Join(", ", known)}.");
            if (!fields.TryAdd(name, property.Value)) throw Wrong(name, "is there twice");
        }
    }

    /// <summary>Null when it is no text, or one that cannot be (half of a surrogate pair).</summary>
    public static string? TextOf(JsonElement element)
    {
        try { return element.ValueKind == JsonValueKind.String ? element.GetString() : null; }
        catch (InvalidOperationException) { return null; }
    }

    /// <summary>Null when it is no text that can be.</summary>
    public static string? NameOf(JsonProperty property)
    {
        try { return property.Name; }
        catch (InvalidOperationException) { return null; }
    }

    /// <summary>At least one character.</summary>
    public string Text(string name) => TextOf(Element(name)) is { Length: > 0 } text ? text : throw Wrong(name, "has to be a text");

    public bool Flag(string name) =>
        Element(name).ValueKind is var kind && kind is JsonValueKind.True or JsonValueKind.False ? kind == JsonValueKind.True : throw Wrong(name, "has to be true or false");

    /// <summary>Whether the field is there and null; what is missing is an error.</summary>
    public bool IsNull(string name) => Element(name).ValueKind == JsonValueKind.Null;

    public bool IsObject(string name) => Element(name).ValueKind == JsonValueKind.Object;

    /// <summary>Null when it is null.</summary>
    public string? TextOrNull(string name) => IsNull(name) ? null : Text(name);

    /// <summary>The name of something that was sent or filed. Null when it is null or blank: then nothing can be shown.</summary>
    public string? ReferenceOrNull(string name) =>
        IsNull(name) ? null : TextOf(Element(name)) is not { } text ? throw Wrong(name, "has to be a text or null") : string.IsNullOrWhiteSpace(text) ? null : text;

    /// <summary>Small letters and digits in words with dashes, <c>civil-dispute</c>.</summary>
    public string Slug(string name) =>
        Text(name) is var text && text.Split('-').All(word => word.Length > 0 && word.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter)))
        ? text : throw Wrong(name, "has to be a word in small letters with dashes, such as civil-dispute");

    public string? SlugOrNull(string name) => IsNull(name) ? null : Slug(name);

    /// <summary>Whole minor units, 0 to 2^63 − 1.</summary>
    public long AmountMinor(string name) =>
        Element(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var minor) && minor >= 0
            ? minor : throw Wrong(name, $"has to be a whole number from 0 to {long.MaxValue}");

    /// <summary>A whole number, 1 or more.</summary>
    public int Count(string name) => Number(name, 1, int.MaxValue);

    public int Number(string name, int min, int max) =>
        Element(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) && value >= min && value <= max
            ? value : throw Wrong(name, $"has to be a whole number from {min} to {max}");

    public string Currency(string name) =>
        Text(name) is var currency && Currencies.TryGetDecimals(currency, out _) ? currency : throw Wrong(name, "has to be a currency of ISO 4217");

    /// <summary>A word of an enumeration in small letters with dashes, <c>credit-transfer</c>.</summary>
    public T Word<T>(string name) where T : struct, Enum => Words<T>.Find(Text(name)) ?? throw Wrong(name, $"has to be one of: {Words<T>.All}");

    public IReadOnlyList<T> WordList<T>(string name) where T : struct, Enum =>
        [.. Array(name).Select(item => TextOf(item) is { } text && Words<T>.Find(text) is { } word ? word : throw Wrong(name, $"has to hold only: {Words<T>.All}"))];

    /// <summary>RFC 3339, with the offset or Z.</summary>
    public DateTimeOffset Instant(string name) => Timestamp.TryParse(Text(name), out var time)
        ? DateTimeOffset.FromUnixTimeSeconds(time.Seconds).AddTicks(time.NanosOfSecond / TimeSpan.NanosecondsPerTick)
        : throw Wrong(name, "has to be an instant with its offset, such as 2026-03-31T21:59:59+00:00");

    public DateTimeOffset? InstantOrNull(string name) => IsNull(name) ? null : Instant(name);

    public DateOnly Date(string name) => DateOf(TextOf(Element(name))) ?? throw Wrong(name, "has to be a day, such as 2026-03-31");

    public IReadOnlyList<DateOnly> Dates(string name) =>
        [.. Array(name).Select(item => DateOf(TextOf(item)) ?? throw Wrong(name, "has to hold days, such as 2026-03-31"))];

    /// <summary>Names of days in English, <c>Sunday</c>.</summary>
    public IReadOnlyList<DayOfWeek> DaysOfWeek(string name) =>
        [.. Array(name).Select(item => System.Array.IndexOf(Enum.GetNames<DayOfWeek>(), TextOf(item)) is var day and >= 0
            ? (DayOfWeek)day : throw Wrong(name, "has to hold days of the week, such as Sunday"))];

    /// <summary>A zone of the IANA database; nothing that could be another file of the machine.</summary>
    public TimeZoneInfo Zone(string name) =>
        Text(name) is var id && id[0] != '/' && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '_' or '-' or '+')
            && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : throw Wrong(name, "has to be a time zone, such as Europe/Berlin");

    public CaseFields Object(string name, params ReadOnlySpan<string> known) => new(Element(name), $"{path}/{name}", known);

    public IReadOnlyList<CaseFields> Objects(string name, params string[] known) =>
        [.. Array(name).Select((item, n) => new CaseFields(item, $"{path}/{name}/{n}", known))];

    public InvalidDataException Wrong(string name, string message) => new($"{path}/{name} {message}.");

    private static DateOnly? DateOf(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private JsonElement.ArrayEnumerator Array(string name) =>
        Element(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : throw Wrong(name, "has to be a list");

    private JsonElement Element(string name) => fields.TryGetValue(name, out var element) ? element : throw Wrong(name, "is missing");

    private static class Words<T> where T : struct, Enum
    {
        private static readonly Dictionary<string, T> ByWord = Enum.GetValues<T>().ToDictionary(value => YamlFields.YamlWord(value.ToString()).Replace('_', '-'), StringComparer.Ordinal);

        public static string All { get; } = string.Join(", ", ByWord.Keys);

        public static T? Find(string word) => ByWord.TryGetValue(word, out var value) ? value : null;
    }
}
