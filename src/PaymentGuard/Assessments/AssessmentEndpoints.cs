using System.Buffers;
using System.IO.Pipelines;
using System.Net.Mime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PaymentGuard.Challenges;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Platform;

namespace PaymentGuard.Assessments;

/// <summary>Decisions over HTTP: asks for one, or for one that was made.</summary>
internal static class AssessmentEndpoints
{
    // An answer that is this much late is not given: checkout has gone on without it.
    private const double GraceMs = 20;

    public static void MapAssessmentEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/assessments", (Delegate)Post).RequireScope(Scopes.Assess)
            .WithName("assess").WithSummary("Decides a payment").WithTags("Assessments")
            .WithMetadata(new RequestSizeLimit(PaymentJson.BytesMax))
            .Accepts<PaymentAttempt>(MediaTypeNames.Application.Json)
            .Produces<AssessmentAnswer>()
            .ProducesProblems(400, 401, 403, 409, 413, 415, 429, 500, 503);
        routes.MapGet("/v1/assessments/{id}", (Delegate)Get).RequireScope(Scopes.Read)
            .WithName("getAssessment").WithSummary("The stored answer of an assessment, and what became of its challenge").WithTags("Assessments")
            .Produces<StoredAssessment>()
            .ProducesProblems(401, 403, 404, 500, 503);
    }

    private static async Task Post(HttpContext context)
    {
        var services = context.RequestServices;
        var clock = services.GetRequiredService<TimeProvider>();
        var arrival = clock.GetTimestamp();
        if (!JsonBody.IsJson(context.Request)) { await Problems.Write(context, Problems.UnsupportedMediaType); return; }
        var (attempt, errors, code) = await Read(context.Request.BodyReader, clock, context.RequestAborted);
        if (attempt is null) { await Problems.Write(context, Problems.OfCode(code), errors); return; }
        var outcome = await services.GetRequiredService<AssessPayment>().Handle(attempt, AssessmentSource.Http, CancellationToken.None);
        var elapsedMs = clock.GetElapsedTime(arrival).TotalMilliseconds;
        Metrics.AnswerTime.Record(elapsedMs);
        await Answer(context, outcome, isLate: elapsedMs > (attempt.DeadlineMs ?? PaymentAttempt.DeadlineMsDefault) + GraceMs);
    }

    private static Task Answer(HttpContext context, AssessmentOutcome outcome, bool isLate) => outcome switch
    {
        AssessmentOutcome.Answered when isLate => Problems.Write(context, Problems.DeadlinePassed),
        AssessmentOutcome.Answered answered => WriteJson(context.Response, answered.Json),
        AssessmentOutcome.ContentDiffers differs => Problems.Write(context, Problems.PaymentContentDiffers, Differing(differs.Pointers)),
        AssessmentOutcome.Pending => Problems.Write(context, Problems.DecisionPending),
        AssessmentOutcome.Overloaded => Problems.Write(context, Problems.Overloaded),
        AssessmentOutcome.Unavailable => Problems.Write(context, Problems.Unavailable),
        _ => throw new InvalidOperationException($"The outcome {outcome.GetType().Name} has no answer."),
    };

    private static async Task Get(HttpContext context)
    {
        if (context.Request.RouteValues["id"] is not string text || !AnswerJson.TryReadId(text, out var id)) { await Problems.Write(context, Problems.NotFound); return; }
        var (spool, store) = (context.RequestServices.GetRequiredService<AssessmentSpool>(), context.RequestServices.GetRequiredService<AssessmentStore>());
        if (spool.Find(id) is { } spooled) await WriteJson(context.Response, AnswerJson.Unrecorded(spooled.Answer));
        else if (await Find(store, id, context.RequestAborted) is not { } found) await Problems.Write(context, Problems.Unavailable);
        else if (found.Row is { } row) await WriteJson(context.Response, await WithOutcome(context, row));
        else await Problems.Write(context, Problems.NotFound);
    }

    /// <summary>The answer as it was given; with a challenge, also what became of that.</summary>
    private static async Task<byte[]> WithOutcome(HttpContext context, AssessmentRow row)
    {
        if (row.ChallengeId is null) return row.Answer;
        var challenge = await context.RequestServices.GetRequiredService<NpgsqlDataSource>()
            .OnConnection((connection, ct) => ChallengeTable.OfAssessment(connection, row.Id, ct), context.RequestAborted);
        if (challenge is null) return row.Answer;
        var outcome = ChallengeJson.Outcome(challenge, context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());
        return [.. row.Answer[..^1], .. ",\"outcome\":"u8, .. outcome, (byte)'}'];
    }

    /// <summary>Null: PostgreSQL did not answer.</summary>
    private static async Task<(AssessmentRow? Row, bool Asked)?> Find(AssessmentStore store, Guid id, CancellationToken ct)
    {
        try { return (await store.Find(id, ct), true); }
        catch (Exception) when (!ct.IsCancellationRequested) { return null; }
    }

    private static async ValueTask<(PaymentAttempt? Attempt, IReadOnlyList<FieldError> Errors, string Code)> Read(PipeReader body, TimeProvider clock, CancellationToken ct)
    {
        while (true)
        {
            var read = await body.ReadAsync(ct);
            if (!read.IsCompleted)
            {
                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }
            PaymentJson.TryRead(read.Buffer.IsSingleSegment ? read.Buffer.FirstSpan : read.Buffer.ToArray(), clock.GetUtcNow(), out var attempt, out var errors, out var code);
            body.AdvanceTo(read.Buffer.End);
            return (attempt, errors, code);
        }
    }

    private static async Task WriteJson(HttpResponse response, ReadOnlyMemory<byte> json)
    {
        response.ContentType = MediaTypeNames.Application.Json;
        response.ContentLength = json.Length;
        await response.BodyWriter.WriteAsync(json);
    }

    private static IReadOnlyList<FieldError> Differing(IReadOnlyList<string> pointers) =>
        [.. pointers.Select(pointer => new FieldError(pointer, "differs from what was sent before"))];

    private sealed record RequestSizeLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
