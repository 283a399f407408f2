using System.Globalization;
using System.Text;
using System.Text.Json;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Assessments;

/// <summary>
/// Says why a document could not be read as an attempt: walks it once more, slowly, token by token, and names every place that is
/// wrong. Only refused documents come here.
/// </summary>
internal static class PaymentJsonErrors
{
    private enum Kind { Object, Text, Time, Number }

    private const int PointerPartLengthMax = 64, ErrorsMax = 32;
    private const string UnsafeName = "…";

    private static readonly Dictionary<string, Kind> Fields = new(StringComparer.Ordinal)
    {
        [""] = Kind.Object,
        ["/payment"] = Kind.Object, ["/payment/id"] = Kind.Text, ["/payment/occurredAt"] = Kind.Time, ["/payment/channel"] = Kind.Text,
        ["/payment/amount"] = Kind.Object, ["/payment/amount/minor"] = Kind.Number, ["/payment/amount/currency"] = Kind.Text,
        ["/merchant"] = Kind.Object, ["/merchant/id"] = Kind.Text, ["/merchant/category"] = Kind.Text, ["/merchant/country"] = Kind.Text,
        ["/account"] = Kind.Object, ["/account/id"] = Kind.Text, ["/account/createdAt"] = Kind.Time, ["/account/email"] = Kind.Text,
        ["/account/phone"] = Kind.Text, ["/account/country"] = Kind.Text,
        ["/card"] = Kind.Object, ["/card/token"] = Kind.Text, ["/card/bin"] = Kind.Text, ["/card/last4"] = Kind.Text, ["/card/country"] = Kind.Text,
        ["/device"] = Kind.Object, ["/device/id"] = Kind.Text, ["/device/ip"] = Kind.Text, ["/device/userAgent"] = Kind.Text, ["/device/language"] = Kind.Text,
        ["/shipping"] = Kind.Object, ["/shipping/country"] = Kind.Text, ["/shipping/city"] = Kind.Text, ["/shipping/postalCode"] = Kind.Text,
        ["/billing"] = Kind.Object, ["/billing/country"] = Kind.Text, ["/billing/city"] = Kind.Text, ["/billing/postalCode"] = Kind.Text,
        ["/deadlineMs"] = Kind.Number,
    };

    private static readonly string[] Required =
        ["/payment", "/payment/id", "/payment/amount", "/payment/amount/minor", "/payment/amount/currency", "/account", "/account/id"];

    /// <summary>At least one error.</summary>
    public static IReadOnlyList<FieldError> Find(ReadOnlySpan<byte> utf8, out string code)
    {
        var walk = new Walk();
        var isJson = walk.Run(utf8);
        if (walk.CardNumbers.Count > 0)
        {
            code = PaymentJson.CardNumberCode;
            return walk.CardNumbers;
        }
        code = isJson ? PaymentJson.InvalidFieldCode : PaymentJson.InvalidJsonCode;
        if (!isJson) return [new FieldError("", "is not valid JSON, or nested deeper than 16")];
        walk.AddMissing();
        return walk.Errors.Count > 0 ? walk.Errors : [new FieldError("", "cannot be read as a payment attempt")];
    }

    private sealed class Walk
    {
        private readonly HashSet<string> seen = new(StringComparer.Ordinal);
        private readonly Stack<(string Pointer, int Item)> parents = new();
        private string pointer = "";

        public List<FieldError> Errors { get; } = [];

        public List<FieldError> CardNumbers { get; } = [];

        /// <summary>False when the document is no JSON; what was found before that place stays.</summary>
        public bool Run(ReadOnlySpan<byte> utf8)
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 16 });
            try
            {
                while (reader.Read()) Visit(ref reader);
                return true;
            }
            catch (JsonException) { return false; }
        }

        public void AddMissing()
        {
            foreach (var field in Required)
                if (!seen.Contains(field) && seen.Contains(Parent(field))) Fail(field, "is required");
        }

        private void Visit(ref Utf8JsonReader reader)
        {
            if (reader.TokenType == JsonTokenType.PropertyName) EnterProperty(ref reader);
            else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray) parents.Pop();
            else VisitValue(ref reader);
        }

        private void EnterProperty(ref Utf8JsonReader reader)
        {
            var parent = parents.Peek().Pointer;
            var name = Text(ref reader, parent);
            if (name is not null && CardNumber.IsIn(name)) FailForCard(parent);
            pointer = parent + "/" + Escaped(name);
            if (!seen.Add(pointer)) Fail(pointer, "stands there twice");
            else if (!Fields.ContainsKey(pointer) && Fields.GetValueOrDefault(parent, Kind.Text) == Kind.Object) Fail(pointer, "is not a known field");
        }

        private void VisitValue(ref Utf8JsonReader reader)
        {
            if (parents.TryPeek(out var parent) && parent.Item >= 0) EnterItem(parent);
            if (parents.Count == 0) seen.Add(pointer = "");
            CheckType(ref reader);
            if (reader.TokenType == JsonTokenType.StartObject) parents.Push((pointer, -1));
            if (reader.TokenType == JsonTokenType.StartArray) parents.Push((pointer, 0));
        }

        private void EnterItem((string Pointer, int Item) parent)
        {
            parents.Pop();
            parents.Push((parent.Pointer, parent.Item + 1));
            pointer = string.Create(CultureInfo.InvariantCulture, $"{parent.Pointer}/{parent.Item}");
        }

        private void CheckType(ref Utf8JsonReader reader)
        {
            FindCardNumber(ref reader);
            if (!Fields.TryGetValue(pointer, out var kind)) return;
            if (reader.TokenType == JsonTokenType.Null)
            {
                if (pointer.Length == 0 || Required.Contains(pointer)) Fail(pointer, "must not be null");
            }
            else if (!Fits(ref reader, kind)) Fail(pointer, Expected(kind));
        }

        private static bool Fits(ref Utf8JsonReader reader, Kind kind) => kind switch
        {
            Kind.Object => reader.TokenType == JsonTokenType.StartObject,
            Kind.Text => reader.TokenType == JsonTokenType.String,
            Kind.Time => InternetTimeConverter.TryRead(ref reader, out _),
            Kind.Number => WholeNumberConverter.TryRead(ref reader, out _),
        };

        private static string Expected(Kind kind) => kind switch
        {
            Kind.Object => "must be an object",
            Kind.Text => "must be a text",
            Kind.Time => "must be a time as in RFC 3339, such as 2026-11-21T10:00:00Z",
            Kind.Number => "must be a whole number",
        };

        private void FindCardNumber(ref Utf8JsonReader reader)
        {
            if (pointer == "/account/phone") return;
            var text = reader.TokenType switch
            {
                JsonTokenType.String => Text(ref reader, pointer),
                JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
                _ => null,
            };
            if (CardNumber.IsIn(text)) FailForCard(pointer);
        }

        private string? Text(ref Utf8JsonReader reader, string at)
        {
            try { return reader.GetString(); }
            catch (InvalidOperationException)
            {
                Fail(at, "is not valid Unicode text");
                return null;
            }
        }

        /// <summary>The name as a part of a pointer; names that are long or may hold what must not be repeated are left out.</summary>
        private static string Escaped(string? name)
        {
            if (name is null || name.Length > PointerPartLengthMax || CardNumber.IsIn(name)) return UnsafeName;
            return name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
        }

        private void Fail(string at, string detail)
        {
            if (Errors.Count < ErrorsMax) Errors.Add(new FieldError(at, detail));
        }

        private void FailForCard(string at)
        {
            if (CardNumbers.Count < ErrorsMax) CardNumbers.Add(PaymentJson.CardNumberError(at));
        }

        private static string Parent(string field) => field[..field.LastIndexOf('/')];
    }
}
