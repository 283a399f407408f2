using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using PaymentGuard.Assessments;
using PaymentGuard.Platform;

namespace PaymentGuard.Events;

/// <summary>How many events of a request are new and how many were known; together all.</summary>
internal sealed record EventsTaken(int Accepted, int Duplicates);

/// <summary>Events over HTTP: the same as through Kafka, with an answer.</summary>
internal static class EventEndpoints
{
    private const string One = "application/cloudevents+json", Batch = "application/cloudevents-batch+json";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly ProblemKind TooLarge =
        Problems.TooLarge with { Title = $"An event is larger than {EventJson.BytesMax / 1024} KiB, or a batch than {EventJson.BatchBytesMax / 1024} KiB" };
    private static readonly ProblemKind NoEvents = Problems.UnsupportedMediaType with { Title = $"The body must be {One} or {Batch}" };
    private static readonly ProblemKind UnknownType = new(400, RejectionReason.UnknownType, "A type of event is not known");
    private static readonly ProblemKind EventDiffers = new(409, RejectionReason.EventContentDiffers, "An event was sent before with other content");

    public static void MapEventEndpoints(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/events", (Delegate)Post).RequireScope(Scopes.WriteEvents)
            .WithName("sendEvents").WithSummary("Takes events about payments and accounts").WithTags("Events")
            .WithDescription($"One CloudEvent of at most {EventJson.BytesMax / 1024} KiB, or a batch of up to {EventJson.BatchCountMax}, {EventJson.BatchBytesMax / 1024} KiB together. "
                + "The answer comes when all are durable; one event that is invalid, or contradicts what was sent before, refuses all.")
            .WithMetadata(new RequestSizeLimit(EventJson.BatchBytesMax))
            .Accepts<JsonElement>(One, Batch)
            .Produces<EventsTaken>(StatusCodes.Status202Accepted)
            .ProducesProblems(400, 401, 403, 409, 413, 415, 500, 503);

    private static async Task Post(HttpContext context)
    {
        if (MediaTypeOf(context.Request) is not { } type) { await Problems.Write(context, NoEvents); return; }
        if (await Body(context) is not { } body) { await Problems.Write(context, TooLarge); return; }
        var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var (events, refusal) = type == Batch ? EventJson.ReadBatch(body, now) : ReadOne(body, now);
        if (refusal is not null) { await Problems.Write(context, KindOf(refusal.Reason), refusal.Errors); return; }
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(Patience);
        try { await Take(context, events, isBatch: type == Batch, patience.Token); }
        catch (Exception) when (!context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted) { await Problems.Write(context, Problems.Unavailable); }
    }

    private static async Task Take(HttpContext context, IReadOnlyList<PaymentEvent> events, bool isBatch, CancellationToken ct)
    {
        var known = await context.RequestServices.GetRequiredService<KnownEvents>().Compare(events, ct);
        if (known.Conflicts.Count > 0) { await Refuse(context, known.Conflicts, isBatch); return; }
        var outcomes = await context.RequestServices.GetRequiredService<RecordEvents>().Handle(events, ct);
        var refusals = outcomes.Index().Where(outcome => outcome.Item is EventOutcome.Refused)
            .Select(outcome => (outcome.Index, (EventOutcome.Refused)outcome.Item)).ToList();
        if (refusals.Count > 0) { await Refuse(context, refusals, isBatch); return; }
        var duplicates = known.RepeatedAttempts + outcomes.Count(outcome => outcome is EventOutcome.Duplicate);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await context.Response.WriteAsJsonAsync(new EventsTaken(events.Count - duplicates, duplicates), ct);
    }

    private static Task Refuse(HttpContext context, IReadOnlyList<(int Index, EventOutcome.Refused Refusal)> refusals, bool isBatch)
    {
        var errors = from entry in refusals
                     from error in entry.Refusal.Errors
                     select isBatch ? error with { Pointer = $"/{entry.Index}{error.Pointer}" } : error;
        return Problems.Write(context, KindOf(refusals[0].Refusal.Reason), [.. errors]);
    }

    private static (IReadOnlyList<PaymentEvent>, EventReading.Refused?) ReadOne(byte[] body, DateTimeOffset now)
    {
        var reading = EventJson.Read(body, now);
        return reading is EventReading.Read read ? ([read.Event], null) : ([], (EventReading.Refused)reading);
    }

    private static ProblemKind KindOf(string reason) => reason switch
    {
        RejectionReason.TooLarge => TooLarge,
        RejectionReason.UnknownType => UnknownType,
        RejectionReason.PaymentContentDiffers => Problems.PaymentContentDiffers,
        RejectionReason.EventContentDiffers => EventDiffers,
        RejectionReason.CannotBeStored => Problems.Internal,
        _ => Problems.OfCode(reason),
    };

    /// <summary>Null when it is neither of the two, or not UTF-8.</summary>
    private static string? MediaTypeOf(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)) return null;
        if (type.Charset.HasValue && !type.Charset.AsSpan().Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase)) return null;
        return new[] { One, Batch }.FirstOrDefault(known => type.MediaType.Equals(known, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Null when it is too large.</summary>
    private static async Task<byte[]?> Body(HttpContext context)
    {
        using var body = new MemoryStream();
        try { await context.Request.Body.CopyToAsync(body, context.RequestAborted); }
        catch (BadHttpRequestException refusal) when (refusal.StatusCode == StatusCodes.Status413PayloadTooLarge) { return null; }
        return body.ToArray();
    }

    private sealed record RequestSizeLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
