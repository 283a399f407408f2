using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Platform;

namespace PaymentGuard.Events;

/// <summary>Reads CloudEvents 1.0 in their JSON format, strictly; the data as <see cref="PaymentJson"/> reads an attempt.</summary>
internal static partial class EventJson
{
    /// <summary>Largest event, in bytes.</summary>
    public const int BytesMax = 64 * 1024;

    /// <summary>Most events in a batch, and its largest size in bytes.</summary>
    public const int BatchCountMax = 100, BatchBytesMax = 1024 * 1024;

    private const int NameLengthMax = 256;
    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(5);

    /// <summary>One event.</summary>
    /// <param name="now">When it came; the time of an attempt that tells none.</param>
    public static EventReading Read(ReadOnlyMemory<byte> utf8, DateTimeOffset now)
    {
        if (utf8.Length > BytesMax) return TooLarge(string.Empty);
        if (EventScan.Check(utf8.Span) is { } refusal) return refusal;
        using var document = JsonDocument.Parse(utf8);
        return ReadElement(document.RootElement, utf8, now);
    }

    /// <summary>An event that was checked when it was stored; PaymentGuard's own ones too.</summary>
    public static EventReading ReadStored(ReadOnlyMemory<byte> utf8, DateTimeOffset now)
    {
        using var document = JsonDocument.Parse(utf8);
        return ReadElement(document.RootElement, utf8, now, mayBeOwn: true);
    }

    /// <summary>A batch: its events, or why the whole is refused, with the place of every error.</summary>
    public static (IReadOnlyList<PaymentEvent> Events, EventReading.Refused? Refusal) ReadBatch(ReadOnlyMemory<byte> utf8, DateTimeOffset now)
    {
        if (EventScan.Check(utf8.Span) is { } refusal) return ([], refusal);
        using var document = JsonDocument.Parse(utf8);
        if (document.RootElement.ValueKind != JsonValueKind.Array || document.RootElement.GetArrayLength() is 0 or > BatchCountMax)
            return ([], new EventReading.Refused(RejectionReason.InvalidField, string.Empty, $"must be an array of 1 to {BatchCountMax} events"));
        var readings = document.RootElement.EnumerateArray().Select(element => ReadElement(element, Copy(element), now)).ToList();
        var refusals = readings.Index().Where(reading => reading.Item is EventReading.Refused).ToList();
        return refusals.Count == 0 ? ([.. readings.Cast<EventReading.Read>().Select(reading => reading.Event)], null) : ([], Joined(refusals));
    }

    private static byte[] Copy(JsonElement element) => JsonMarshal.GetRawUtf8Value(element).ToArray();

    private static EventReading.Refused Joined(List<(int Index, EventReading Item)> refusals)
    {
        var errors = from refusal in refusals
                     from error in ((EventReading.Refused)refusal.Item).Errors
                     select error with { Pointer = $"/{refusal.Index}{error.Pointer}" };
        return new EventReading.Refused(((EventReading.Refused)refusals[0].Item).Reason, [.. errors]);
    }

    private static EventReading ReadElement(JsonElement element, ReadOnlyMemory<byte> json, DateTimeOffset now, bool mayBeOwn = false)
    {
        if (json.Length > BytesMax) return TooLarge(string.Empty);
        if (element.ValueKind != JsonValueKind.Object)
            return new EventReading.Refused(RejectionReason.InvalidField, string.Empty, "must be a CloudEvent, an object");
        var attributes = new Attributes(element);
        var source = attributes.Source(mayBeOwn);
        var id = attributes.Text("id", NameLengthMax);
        attributes.CheckOthers();
        var type = attributes.Type(mayBeOwn);
        var time = attributes.Time(isRequired: type is { Kind: not EventKind.Attempt }, latest: now + AheadMax);
        var data = attributes.Data(type, now);
        return attributes.Errors.Count > 0
            ? new EventReading.Refused(attributes.Reason, attributes.Errors)
            : new EventReading.Read(new PaymentEvent(source!, id!, type!, time ?? now, data!, json));
    }

    private static EventReading.Refused TooLarge(string pointer) =>
        new(RejectionReason.TooLarge, pointer, $"is larger than {BytesMax / 1024} KiB");

    [GeneratedRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$")]
    private static partial Regex Rfc3339();

    [GeneratedRegex("^[a-z0-9]+$")]
    private static partial Regex ExtensionName();

    [GeneratedRegex(@"^application/([a-z0-9.-]+\+)?json(\s*;.*)?$", RegexOptions.IgnoreCase)]
    private static partial Regex JsonMediaType();

    /// <summary>The attributes of one CloudEvent, and what is wrong with them.</summary>
    private sealed class Attributes(JsonElement element)
    {
        public List<FieldError> Errors { get; } = [];

        /// <summary>The <see cref="RejectionReason"/> when there are errors.</summary>
        public string Reason { get; private set; } = RejectionReason.InvalidField;

        /// <summary>A required text; null, and an error, when it is not one.</summary>
        public string? Text(string name, int lengthMax)
        {
            if (Member(name) is not { } value) return Wrong(name, "is required");
            if (value.ValueKind != JsonValueKind.String) return Wrong(name, "must be a text");
            var text = value.GetString()!;
            if (text.Length is 0 || text.Length > lengthMax) return Wrong(name, $"must have 1 to {lengthMax} characters");
            return text.Any(char.IsControl) ? Wrong(name, "must not have control characters") : text;
        }

        public string? Source(bool mayBeOwn)
        {
            var source = Text("source", NameLengthMax);
            return source == EventType.OwnSource && !mayBeOwn ? Wrong("source", "is kept for what PaymentGuard itself says") : source;
        }

        /// <summary>Null, and an error, when the type is not known.</summary>
        public EventType? Type(bool mayBeOwn)
        {
            if (Text("type", NameLengthMax) is not { } name) return null;
            if (EventType.Find(name) is { } type && (mayBeOwn || !type.IsOwn)) return type;
            Wrong("type", "is not a type of event that is known here");
            Reason = RejectionReason.UnknownType;
            return null;
        }

        public DateTimeOffset? Time(bool isRequired, DateTimeOffset latest)
        {
            if (Member("time") is not { } value)
            {
                if (isRequired) Wrong("time", "is required");
                return null;
            }
            if (value.ValueKind != JsonValueKind.String || !Rfc3339().IsMatch(value.GetString()!)
                || !DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, out var time)) Wrong("time", "must be a time as in RFC 3339");
            else if (time > latest) Wrong("time", $"is more than {AheadMax.TotalMinutes:0} minutes ahead");
            else if (time < DateTimeOffset.UnixEpoch) Wrong("time", "is before 1970");
            else return time.InMicroseconds();
            return null;
        }

        public PaymentAttempt? Data(EventType? type, DateTimeOffset now)
        {
            if (Member("data") is not { } value) Wrong("data", "is required");
            else if (value.ValueKind != JsonValueKind.Object) Wrong("data", "must be an object");
            else if (type is not null)
            {
                var data = EventData.Read(type, JsonMarshal.GetRawUtf8Value(value), now, out var errors, out var code);
                Errors.AddRange(errors.Select(error => error with { Pointer = "/data" + error.Pointer }));
                if (data is null) Reason = code;
                return data;
            }
            return null;
        }

        /// <summary>What an event has beside source, id, type, time and data.</summary>
        public void CheckOthers()
        {
            if (Text("specversion", NameLengthMax) is { } version && version != "1.0") Wrong("specversion", "must be \"1.0\"");
            foreach (var member in element.EnumerateObject()) CheckOther(member.Name, member.Value);
        }

        private void CheckOther(string name, JsonElement value)
        {
            if (value.ValueKind == JsonValueKind.Null) return;
            switch (name)
            {
                case "specversion" or "source" or "id" or "type" or "time" or "data": return;
                case "data_base64": Wrong(name, "is not taken: the data must be JSON"); return;
                case "datacontenttype" when value.ValueKind != JsonValueKind.String || !JsonMediaType().IsMatch(value.GetString()!):
                    Wrong(name, "must be application/json"); return;
                case "subject" or "dataschema": Text(name, 4 * NameLengthMax); return;
            }
            if (!ExtensionName().IsMatch(name)) Wrong(name, "is no attribute's name: small letters and digits only");
            else if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) Wrong(name, "must be a text, a number or a boolean");
        }

        private JsonElement? Member(string name) =>
            element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

        private string? Wrong(string name, string detail)
        {
            Errors.Add(new FieldError("/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal), detail));
            return null;
        }
    }
}
