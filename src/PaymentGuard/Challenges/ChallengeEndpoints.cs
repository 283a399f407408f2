using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PaymentGuard.Accounts;
using PaymentGuard.Assessments;
using PaymentGuard.Audit;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges;

/// <summary>Challenges over HTTP. Every refusal of an answer reads the same, whatever its reason.</summary>
internal static class ChallengeEndpoints
{
    private const int KeyLengthMax = 255, ParametersMax = 16, ParameterLengthMax = 256;
    private const string NoName = "must have 1 to 128 characters, none of them a control character, and hold no card number";

    public static void MapChallengeEndpoints(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/challenges").WithTags("Challenges");
        group.MapPost("", (Delegate)Open).RequireScope(Scopes.WriteChallenges)
            .WithName("openChallenge").WithSummary("Opens a challenge for an act of an account, or anew for a payment whose challenge is dead")
            .Accepts<OpenRequest>(MediaTypeNames.Application.Json).Produces<OpenedAnswer>(StatusCodes.Status201Created)
            .ProducesProblems(400, 401, 403, 404, 409, 413, 415, 422, 500, 503);
        group.MapGet("/{id}", (Delegate)Get).RequireScope(Scopes.Read)
            .WithName("getChallenge").WithSummary("How far a challenge has come")
            .Produces<ChallengeAnswerBody>().ProducesProblems(401, 403, 404, 500, 503);
        group.MapPost("/{id}/answers", (Delegate)Answer).RequireScope(Scopes.WriteChallenges)
            .WithName("answerChallenge").WithSummary("Takes exactly one answer and gives a proof")
            .WithDescription("Five refused answers in a row lock the account's factors, for 30 s at first. Whatever the reason, a refusal is 422 challenge_refused.")
            .Accepts<AnswerRequest>(MediaTypeNames.Application.Json).Produces<ProofAnswer>()
            .ProducesProblems(400, 401, 403, 413, 415, 422, 500, 503);
        group.MapPost("/{id}/send", (Delegate)Send).RequireScope(Scopes.WriteChallenges)
            .WithName("sendCode").WithSummary("Sends a one-time code, good for 5 minutes; it replaces the one before")
            .Accepts<SendRequest>(MediaTypeNames.Application.Json).Produces<SentAnswer>(StatusCodes.Status202Accepted)
            .ProducesProblems(400, 401, 403, 413, 415, 422, 429, 500, 503);
        group.MapPost("/{id}/passkey", (Delegate)Offer).RequireScope(Scopes.WriteChallenges)
            .WithName("offerPasskey").WithSummary("Fresh options for navigator.credentials.get, good for 120 seconds")
            .Produces<JsonElement>().ProducesProblems(401, 403, 422, 500, 503);
        group.MapPost("/{id}/redeem", (Delegate)Redeem).RequireScope(Scopes.WriteChallenges)
            .WithName("redeemProof").WithSummary("Lets a proof count, once, for the act that is about to be done")
            .WithDescription("Compared with what was proved: another amount, currency or payee is refused and the challenge is dead. With the same Idempotency-Key the answer is repeated.")
            .Accepts<RedeemRequest>(MediaTypeNames.Application.Json).Produces<RedeemedAnswer>()
            .ProducesProblems(400, 401, 403, 409, 413, 415, 422, 500, 503);
    }

    private static async Task Open(HttpContext context)
    {
        var refusal = new Refusal(context);
        if (await ChallengeBodies.Open.Read(context) is not { } request) return;
        if (OpenErrors(request) is { Count: > 0 } errors) { await Problems.Write(context, Problems.InvalidField, errors); return; }
        var open = context.RequestServices.GetRequiredService<OpenChallenge>();
        var actor = AccessTokens.ActorOf(context);
        var outcome = await Postgres(context).InTransaction(
            (connection, ct) => request.PaymentId is { } paymentId
                ? open.ForPayment(connection, paymentId, actor, ct)
                : open.ForAct(connection, request.AccountId!, new Act.OfAccount(request.Action!, request.Parameters ?? []), actor, ct),
            context.RequestAborted);
        await (outcome switch
        {
            OpenOutcome.Opened opened => ChallengeJson.WriteOpened(context, opened),
            OpenOutcome.Refused => refusal.Give(),
            OpenOutcome.StillOpen => Problems.Write(context, Problems.ChallengeOpen),
            OpenOutcome.NotFound => Problems.Write(context, Problems.NotFound),
            _ => throw new InvalidOperationException($"The outcome {outcome.GetType().Name} has no answer."),
        });
    }

    private static async Task Get(HttpContext context)
    {
        if (IdOf(context) is not { } id) { await Problems.Write(context, Problems.NotFound); return; }
        var found = await Postgres(context).OnConnection((connection, ct) => ChallengeTable.Find(connection, id, ct), context.RequestAborted);
        if (found is null) await Problems.Write(context, Problems.NotFound);
        else await ChallengeJson.WriteState(context, found);
    }

    private static async Task Answer(HttpContext context)
    {
        var refusal = new Refusal(context);
        if (await ChallengeBodies.Answer.Read(context) is not { } request) return;
        if (AnswerErrors(request) is { Count: > 0 } errors) { await Problems.Write(context, Problems.InvalidField, errors); return; }
        // An id that is none is looked for all the same: it must not be told from one that is unknown.
        var answer = ReadAnswer(request, IdOf(context) ?? Guid.NewGuid(), AccessTokens.ActorOf(context));
        var outcome = await context.RequestServices.GetRequiredService<AnswerChallenge>().Handle(answer);
        await (outcome switch
        {
            AnswerOutcome.Accepted accepted => ChallengeJson.WriteProof(context, accepted, context.RequestServices.GetRequiredService<Proofs>().Sign(accepted.Challenge)),
            AnswerOutcome.Refused => refusal.Give(),
            AnswerOutcome.Unavailable => Problems.Write(context, Problems.Unavailable),
            _ => throw new InvalidOperationException($"The outcome {outcome.GetType().Name} has no answer."),
        });
    }

    private static async Task Send(HttpContext context)
    {
        var refusal = new Refusal(context);
        if (await ChallengeBodies.Send.Read(context) is not { } request) return;
        if (request.Method is not (Methods.Email or Methods.Sms))
        {
            await Problems.Write(context, Problems.InvalidField, [new FieldError("/method", "must be email or sms")]);
            return;
        }
        var send = context.RequestServices.GetRequiredService<SendCode>();
        var outcome = await Postgres(context).InTransaction(
            (connection, ct) => send.Handle(connection, IdOf(context) ?? Guid.NewGuid(), request.Method, AccessTokens.ActorOf(context), ct), context.RequestAborted);
        context.RequestServices.GetRequiredService<NotificationsQueued>().Signal();
        await (outcome switch
        {
            SendOutcome.Sent sent => ChallengeJson.WriteSent(context, sent),
            SendOutcome.Refused => refusal.Give(),
            SendOutcome.TooMany => Problems.Write(context, Problems.TooManyCodes),
            _ => throw new InvalidOperationException($"The outcome {outcome.GetType().Name} has no answer."),
        });
    }

    private static async Task Offer(HttpContext context)
    {
        var refusal = new Refusal(context);
        var offer = context.RequestServices.GetRequiredService<OfferPasskey>();
        var options = await Postgres(context).InTransaction((connection, ct) => offer.Handle(connection, IdOf(context) ?? Guid.NewGuid(), ct), context.RequestAborted);
        if (options is null) { await refusal.Give(); return; }
        context.Response.ContentType = MediaTypeNames.Application.Json;
        await context.Response.WriteAsync(options, context.RequestAborted);
    }

    private static async Task Redeem(HttpContext context)
    {
        var refusal = new Refusal(context);
        if (await ChallengeBodies.Redeem.Read(context) is not { } request) return;
        var key = context.Request.Headers["Idempotency-Key"].ToString();
        if (RedeemErrors(request, key) is { Count: > 0 } errors) { await Problems.Write(context, Problems.InvalidField, errors); return; }
        var (redeem, audit) = (context.RequestServices.GetRequiredService<RedeemProof>(), context.RequestServices.GetRequiredService<AuditLog>());
        var outcome = await Postgres(context).InTransaction(async (connection, ct) =>
        {
            var entries = new List<AuditEntry>();
            var redeemed = await redeem.Handle(
                connection, request.Proof, IdOf(context) ?? Guid.NewGuid(), accountId: null, ActOf(request), key, AccessTokens.ActorOf(context), entries, ct);
            await audit.Append(connection, entries, ct);
            return redeemed;
        }, context.RequestAborted);
        if (ProblemOf(outcome.Result) is { } problem) await refusal.Give(problem);
        else await ChallengeJson.WriteRedeemed(context, outcome.Challenge!);
    }

    /// <summary>What a caller is told whose proof does not count; null: it does.</summary>
    public static ProblemKind? ProblemOf(RedeemResult result) => result switch
    {
        RedeemResult.Redeemed => null,
        RedeemResult.Refused => Problems.ChallengeRefused,
        RedeemResult.RedeemedBefore => Problems.ProofRedeemed,
        RedeemResult.ActChanged => Problems.PaymentChanged,
        RedeemResult.Dead => Problems.ChallengeDead,
    };

    private static List<FieldError> OpenErrors(OpenRequest request)
    {
        var errors = new List<FieldError>();
        if ((request.PaymentId is null) == (request.AccountId is null)) errors.Add(new FieldError("", "must name either paymentId, or accountId and action"));
        if (request.PaymentId is not null && (request.Action is not null || request.Parameters is not null)) errors.Add(new FieldError("/action", "is for acts of an account"));
        if (request.PaymentId is not null && !AccountIds.IsName(request.PaymentId)) errors.Add(new FieldError("/paymentId", NoName));
        if (request.AccountId is not null && !AccountIds.IsName(request.AccountId)) errors.Add(new FieldError("/accountId", NoName));
        if (request.AccountId is not null && !AccountActions.All.Contains(request.Action)) errors.Add(new FieldError("/action", $"must be one of {string.Join(", ", AccountActions.All)}"));
        errors.AddRange(ParameterErrors(request.Parameters));
        return errors;
    }

    private static IEnumerable<FieldError> ParameterErrors(Dictionary<string, string>? parameters)
    {
        if (parameters?.Count > ParametersMax) yield return new FieldError("/parameters", $"must be at most {ParametersMax}");
        if (parameters?.Any(one => one.Key.Length > ParameterLengthMax || one.Value is not { Length: <= ParameterLengthMax }) == true)
            yield return new FieldError("/parameters", $"must be texts of at most {ParameterLengthMax} characters");
        if (parameters?.Any(one => CardNumber.IsIn(one.Key) || CardNumber.IsIn(one.Value)) == true) yield return new FieldError("/parameters", "must not hold a card number");
    }

    private static List<FieldError> AnswerErrors(AnswerRequest request)
    {
        var errors = new List<FieldError>();
        var given = new object?[] { request.Totp, request.SentCode, request.RecoveryCode, request.Passkey }.Count(answer => answer is not null);
        if (given != 1) errors.Add(new FieldError("", "must hold exactly one of totp, sentCode, recoveryCode and passkey"));
        if (request.KnowledgeVerified is not null && request.SentCode is null) errors.Add(new FieldError("/knowledgeVerified", "is for sent codes"));
        return errors;
    }

    private static List<FieldError> RedeemErrors(RedeemRequest request, string key)
    {
        var errors = new List<FieldError>();
        if ((request.Payment is null) == (request.Action is null)) errors.Add(new FieldError("", "must name either payment or action"));
        if (request.Action is not null && request.Merchant is not null) errors.Add(new FieldError("/merchant", "is for payments"));
        if (request.Payment is not null && request.Parameters is not null) errors.Add(new FieldError("/parameters", "is for acts of an account"));
        if (key.Length > KeyLengthMax || key.AsSpan().ContainsAnyExceptInRange('!', '~')) errors.Add(new FieldError("", $"the Idempotency-Key must be at most {KeyLengthMax} printable characters"));
        errors.AddRange(ParameterErrors(request.Parameters));
        return errors;
    }

    private static ChallengeAnswer ReadAnswer(AnswerRequest request, Guid id, string actor)
    {
        var (kind, text) = request switch
        {
            { Totp: { } totp } => (AnswerKind.Totp, totp),
            { SentCode: { } code } => (AnswerKind.SentCode, code),
            { RecoveryCode: { } code } => (AnswerKind.RecoveryCode, code),
            _ => (AnswerKind.Passkey, request.Passkey!.Value.GetRawText()),
        };
        return new ChallengeAnswer(id, kind, text, request.KnowledgeVerified == true, actor);
    }

    private static Act ActOf(RedeemRequest request) => request.Payment is { } payment
        ? new Act.Payment(payment.Id, payment.Amount, request.Merchant?.Id)
        : new Act.OfAccount(request.Action!, request.Parameters ?? []);

    private static Guid? IdOf(HttpContext context) =>
        context.Request.RouteValues["id"] is string text && ChallengeJson.TryReadId(text, out var id) ? id : null;

    private static NpgsqlDataSource Postgres(HttpContext context) => context.RequestServices.GetRequiredService<NpgsqlDataSource>();
}
