using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Events;

/// <summary>
/// The first pass over a JSON text, before anything is taken from it: syntax, nesting, members named twice, invalid Unicode, and card
/// numbers, wherever they stand.
/// </summary>
internal static partial class EventScan
{
    private const int DepthMax = 16;

    /// <summary>Null when the text may be read.</summary>
    public static EventReading.Refused? Check(ReadOnlySpan<byte> utf8)
    {
        var place = new Place();
        var errors = new List<FieldError>();
        if (!Utf8.IsValid(utf8)) return NotJson(utf8, "is not UTF-8");
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = DepthMax });
            while (reader.Read())
            {
                if (Enter(ref reader, place, errors)) return HoldsCardNumber(place.Pointer);
            }
        }
        catch (JsonException broken)
        {
            return NotJson(utf8, $"is not JSON: line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}");
        }
        return errors.Count == 0 ? null : new EventReading.Refused(RejectionReason.InvalidField, errors);
    }

    /// <summary>Whether a text that is no JSON shows a card number when it is read as it stands, escapes resolved.</summary>
    public static bool MayHoldCardNumber(ReadOnlySpan<byte> bytes) =>
        CardNumber.IsIn(Escape().Replace(Encoding.UTF8.GetString(bytes), match => ((char)Convert.ToUInt16(match.Groups[1].Value, 16)).ToString()));

    /// <summary>Takes one token in; true when it holds a card number.</summary>
    private static bool Enter(ref Utf8JsonReader reader, Place place, List<FieldError> errors)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                return TryGetText(ref reader, place, errors, out var name) && EnterMember(name, place, errors);
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                place.Next();
                place.Open(reader.TokenType == JsonTokenType.StartArray);
                return false;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                place.Close();
                return false;
            case JsonTokenType.String:
                place.Next();
                return TryGetText(ref reader, place, errors, out var text) && !place.IsPhone && CardNumber.IsIn(text);
            case JsonTokenType.Number:
                place.Next();
                return CardNumber.IsIn(Encoding.ASCII.GetString(reader.ValueSpan));
            default:
                place.Next();
                return false;
        }
    }

    private static bool EnterMember(string name, Place place, List<FieldError> errors)
    {
        if (CardNumber.IsIn(name)) return true;         // the pointer ends at the object: a card number is not repeated
        if (!place.Name(name)) errors.Add(new FieldError(place.Pointer, "is given twice"));
        return false;
    }

    private static bool TryGetText(ref Utf8JsonReader reader, Place place, List<FieldError> errors, out string text)
    {
        text = string.Empty;
        try
        {
            text = reader.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            errors.Add(new FieldError(place.Pointer, "is not valid Unicode text"));
            return false;
        }
    }

    private static EventReading.Refused NotJson(ReadOnlySpan<byte> bytes, string detail) => MayHoldCardNumber(bytes)
        ? HoldsCardNumber(string.Empty)
        : new EventReading.Refused(RejectionReason.InvalidJson, string.Empty, detail);

    private static EventReading.Refused HoldsCardNumber(string pointer) =>
        new(RejectionReason.CardNumber, pointer, "holds what looks like a card number; send the card's token");

    [GeneratedRegex(@"\\u([0-9a-fA-F]{4})", RegexOptions.NonBacktracking)]
    private static partial Regex Escape();

    /// <summary>Where in the text the reader stands.</summary>
    private sealed class Place
    {
        private const string Phone = "/data/account/phone";
        private readonly Stack<Level> levels = new();

        /// <summary>JSON Pointer (RFC 6901) of the value that is read.</summary>
        public string Pointer => string.Concat(levels.Reverse().Select(level => level.Segment));

        public bool IsPhone => levels.Count is 3 or 4 && levels.Peek().Segment == "/phone" && Pointer is var pointer
            && (pointer == Phone || levels.Count == 4 && pointer.EndsWith(Phone, StringComparison.Ordinal) && pointer.Count('/') == 4);

        public void Open(bool isArray) => levels.Push(new Level(isArray));

        public void Close() => levels.Pop();

        /// <summary>A value begins: in an array that is the next element.</summary>
        public void Next()
        {
            if (levels.TryPeek(out var level)) level.Next();
        }

        /// <summary>False when the object has a member of this name already.</summary>
        public bool Name(string name) => levels.Peek().Name(name);
    }

    private sealed class Level(bool isArray)
    {
        private readonly HashSet<string> names = new(StringComparer.Ordinal);
        private int index = -1;

        public string Segment { get; private set; } = string.Empty;

        public void Next()
        {
            if (isArray) Segment = $"/{++index}";
        }

        public bool Name(string name)
        {
            Segment = "/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
            return names.Add(name);
        }
    }
}
