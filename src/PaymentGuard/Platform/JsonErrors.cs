using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Platform;

/// <summary>
/// Says why a document could not be read as a request: walks it once more, slowly, token by token, and names every place that is
/// wrong. Only refused documents come here.
/// </summary>
/// <param name="request">The request's type as it is read; what it holds decides what is known, and what its constructors demand is required.</param>
/// <param name="maySeemCardNumber">Pointer of a text that is not looked at for card numbers; null: none.</param>
internal sealed class JsonErrors(JsonTypeInfo request, string? maySeemCardNumber = null)
{
    private enum Kind { Object, Text, Time, Number, Flag, Anything }

    private const int PointerPartLengthMax = 64, ErrorsMax = 32;
    private const string UnsafeName = "…";

    private readonly Lazy<Shape> shape = new(() => new Shape(request));

    /// <summary>At least one error.</summary>
    public IReadOnlyList<FieldError> Find(ReadOnlySpan<byte> utf8, out string code)
    {
        var walk = new Walk(shape.Value, maySeemCardNumber);
        var isJson = walk.Run(utf8);
        if (walk.CardNumbers.Count > 0)
        {
            code = PaymentJson.CardNumberCode;
            return walk.CardNumbers;
        }
        code = isJson ? PaymentJson.InvalidFieldCode : PaymentJson.InvalidJsonCode;
        if (!isJson) return [new FieldError("", "is not valid JSON, or nested deeper than 16")];
        walk.AddMissing();
        return walk.Errors.Count > 0 ? walk.Errors : [new FieldError("", "cannot be read as this request")];
    }

    /// <summary>What a request may hold, by pointer.</summary>
    private sealed class Shape
    {
        public Shape(JsonTypeInfo request)
        {
            Fields[""] = Kind.Object;
            AddMembers("", request);
        }

        public Dictionary<string, Kind> Fields { get; } = new(StringComparer.Ordinal);

        public List<string> Required { get; } = [];

        private void AddMembers(string parent, JsonTypeInfo type)
        {
            foreach (var member in type.Properties)
            {
                var pointer = $"{parent}/{member.Name}";
                Fields[pointer] = KindOf(member.PropertyType);
                if (member.IsRequired) Required.Add(pointer);
                if (Fields[pointer] == Kind.Object) AddMembers(pointer, type.Options.GetTypeInfo(Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType));
            }
        }

        private static Kind KindOf(Type type)
        {
            type = Nullable.GetUnderlyingType(type) ?? type;
            if (type == typeof(string)) return Kind.Text;
            if (type == typeof(DateTimeOffset)) return Kind.Time;
            if (type == typeof(bool)) return Kind.Flag;
            if (type == typeof(long) || type == typeof(int)) return Kind.Number;
            return type.Namespace == typeof(JsonElement).Namespace ? Kind.Anything : Kind.Object;
        }
    }

    private sealed class Walk(Shape shape, string? maySeemCardNumber)
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
            foreach (var field in shape.Required)
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
            else if (!shape.Fields.ContainsKey(pointer) && shape.Fields.GetValueOrDefault(parent, Kind.Text) == Kind.Object) Fail(pointer, "is not a known field");
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
            if (!shape.Fields.TryGetValue(pointer, out var kind)) return;
            if (reader.TokenType == JsonTokenType.Null)
            {
                if (pointer.Length == 0 || shape.Required.Contains(pointer)) Fail(pointer, "must not be null");
            }
            else if (!Fits(ref reader, kind)) Fail(pointer, Expected(kind));
        }

        private static bool Fits(ref Utf8JsonReader reader, Kind kind) => kind switch
        {
            Kind.Object => reader.TokenType == JsonTokenType.StartObject,
            Kind.Text => reader.TokenType == JsonTokenType.String,
            Kind.Time => InternetTimeConverter.TryRead(ref reader, out _),
            Kind.Number => WholeNumberConverter.TryRead(ref reader, out _),
            Kind.Flag => reader.TokenType is JsonTokenType.True or JsonTokenType.False,
            Kind.Anything => true,
        };

        private static string Expected(Kind kind) => kind switch
        {
            Kind.Object => "must be an object",
            Kind.Text => "must be a text",
            Kind.Time => "must be a time as in RFC 3339, such as 2026-11-21T10:00:00Z",
            Kind.Number => "must be a whole number",
            Kind.Flag => "must be true or false",
            Kind.Anything => "cannot be read",
        };

        private void FindCardNumber(ref Utf8JsonReader reader)
        {
            if (pointer == maySeemCardNumber) return;
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
