using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using PaymentGuard.Assessments;
using PaymentGuard.Events;
using PaymentGuard.Platform;

namespace PaymentGuard.Accounts;

/// <summary>The members of a small JSON body, read as strictly as a payment: nothing unknown, nothing twice, no card number, no other type.</summary>
internal sealed class RequestFields : IDisposable
{
    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(5);
    private readonly JsonDocument document;
    private readonly List<FieldError> errors = [];

    private RequestFields(JsonDocument document, IReadOnlyList<string> known)
    {
        this.document = document;
        foreach (var member in document.RootElement.EnumerateObject())
            if (!known.Contains(member.Name)) errors.Add(new FieldError("/" + Escaped(member.Name), "is not a known field"));
    }

    /// <summary>Null when the request is refused, and answered so.</summary>
    /// <param name="known">The members that the body may have.</param>
    public static async Task<RequestFields?> Read(HttpContext context, params IReadOnlyList<string> known)
    {
        if (!IsJson(context.Request))
        {
            await Problems.Write(context, Problems.UnsupportedMediaType);
            return null;
        }
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (EventScan.Check(body.ToArray()) is { } refusal)
        {
            await Problems.Write(context, Problems.OfCode(refusal.Reason), refusal.Errors);
            return null;
        }
        var document = JsonDocument.Parse(body.ToArray());
        if (document.RootElement.ValueKind == JsonValueKind.Object) return new RequestFields(document, known);
        document.Dispose();
        await Problems.Write(context, Problems.InvalidField, [new FieldError("", "must be an object")]);
        return null;
    }

    /// <summary>Whether nothing was wrong with what was read; else the request is answered so.</summary>
    public async Task<bool> AreFine(HttpContext context)
    {
        if (errors.Count > 0) await Problems.Write(context, Problems.InvalidField, errors);
        return errors.Count == 0;
    }

    /// <summary>A text of 1 to <paramref name="lengthMax"/> characters; null when it is absent or wrong.</summary>
    public string? Text(string name, int lengthMax, bool isRequired = false)
    {
        if (!document.RootElement.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            if (isRequired) Wrong(name, value.ValueKind == JsonValueKind.Null ? "must not be null" : "is required");
            return null;
        }
        if (value.ValueKind != JsonValueKind.String) return Wrong(name, "must be a text");
        var text = value.GetString()!;
        if (text.Length is 0 || text.Length > lengthMax) return Wrong(name, $"must have 1 to {lengthMax} characters");
        return text.Any(character => char.IsControl(character) && character is not ('\n' or '\t')) ? Wrong(name, "must not have control characters") : text;
    }

    /// <summary>A time that is not in the future, but for what clocks differ; null when it is absent or wrong.</summary>
    public DateTimeOffset? PastTime(string name, DateTimeOffset now)
    {
        if (!document.RootElement.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        var reader = new Utf8JsonReader(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(value));
        reader.Read();
        if (!InternetTimeConverter.TryRead(ref reader, out var time)) Wrong(name, "must be a time as in RFC 3339, such as 2026-11-21T10:00:00Z");
        else if (time > now + AheadMax) Wrong(name, "must not be in the future");
        else if (time < DateTimeOffset.UnixEpoch) Wrong(name, "must not be before 1970");
        else return time.ToUniversalTime();
        return null;
    }

    /// <summary>Adds a fault that shows only outside the body.</summary>
    /// <returns>Null.</returns>
    public string? Wrong(string name, string detail)
    {
        errors.Add(new FieldError("/" + name, detail));
        return null;
    }

    public void Dispose() => document.Dispose();

    private static bool IsJson(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || type.Charset.AsSpan().Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static string Escaped(string name) =>
        name.Length > 64 ? "…" : name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
