using System.Buffers;
using System.IO.Pipelines;
using System.Net.Mime;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace PaymentGuard.Platform;

/// <summary>
/// Reads a request's body strictly: nothing unknown, nothing twice, no number as text, no null where a value is required. The type comes from a
/// source-generated context with <c>JsonSerializerDefaults.Strict</c>.
/// </summary>
internal sealed class JsonBody<T>(JsonTypeInfo<T> type) where T : class
{
    private readonly JsonErrors errors = new(type);

    /// <summary>The request; null when it was answered with what is wrong with it.</summary>
    public async Task<T?> Read(HttpContext context)
    {
        if (!JsonBody.IsJson(context.Request))
        {
            await Problems.Write(context, Problems.UnsupportedMediaType);
            return null;
        }
        var body = await JsonBody.ReadAll(context.Request.BodyReader, context.RequestAborted);
        if (Parse(body) is { } request) return request;
        var found = errors.Find(body, out var code);
        await Problems.Write(context, Problems.OfCode(code), found);
        return null;
    }

    private T? Parse(byte[] body)
    {
        try { return JsonSerializer.Deserialize(body, type); }
        // A lone surrogate is reported as an InvalidOperationException where a property's name holds it.
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException) { return null; }
    }
}

internal static class JsonBody
{
    /// <summary>Whether a request says that its body is JSON in UTF-8.</summary>
    public static bool IsJson(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var media)
        && media.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
        && (!media.Charset.HasValue || media.Charset.AsSpan().Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    /// <summary>The whole body; the server bounds its size.</summary>
    public static async Task<byte[]> ReadAll(PipeReader body, CancellationToken ct)
    {
        while (true)
        {
            var read = await body.ReadAsync(ct);
            if (!read.IsCompleted)
            {
                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }
            var bytes = read.Buffer.ToArray();
            body.AdvanceTo(read.Buffer.End);
            return bytes;
        }
    }
}
