using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PaymentGuard.Assessments;
using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.Accounts;

/// <summary>Freezes accounts and gives them back. Without PostgreSQL neither is done.</summary>
internal static class AccountEndpoints
{
    private static readonly ProblemKind
        ApproverIsRequester = new(403, "approver_is_requester", "Somebody else than the requester has to approve"),
        NothingToRecover = new(409, "nothing_to_recover", "The account is neither frozen nor are its factors disabled"),
        Superseded = new(409, "recovery_superseded", "The account was given back in another way");

    public static void MapAccountEndpoints(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/accounts/{id}").WithTags("Accounts");
        group.MapPost("/freeze", (Delegate)Freeze).RequireScope(Scopes.FreezeAccountsOrWriteFactors)
            .WithName("freezeAccount").WithSummary("Freezes an account: from now on every payment is declined")
            .WithDescription(
                "For staff and programs with accounts:freeze, and with factors:write for the buyer who says that it was not him. "
                + "Of an account that is frozen already only an earlier since is taken.")
            .Accepts<FreezeRequest>(MediaTypeNames.Application.Json).Produces<FreezeAnswer>().ProducesProblems(400, 401, 403, 404, 413, 415, 500, 503);
        group.MapPost("/recover", (Delegate)Recover).RequireScope(Scopes.WriteFactors)
            .WithName("recoverAccount").WithSummary("Gives an account back to its owner, who proved himself for recover_account")
            .Accepts<RecoverRequest>(MediaTypeNames.Application.Json).Produces<RecoveryAnswer>().ProducesProblems(400, 401, 403, 404, 409, 413, 415, 422, 500, 503);
        group.MapPost("/recoveries", (Delegate)Request).RequireScope(Scopes.RecoverAccounts)
            .WithName("requestRecovery").WithSummary("Asks for an account to be given back; another member of staff has to approve")
            .Accepts<RecoveryRequest>(MediaTypeNames.Application.Json).Produces<RecoveryAnswer>().Produces<RecoveryAnswer>(StatusCodes.Status201Created)
            .ProducesProblems(400, 401, 403, 404, 409, 413, 415, 500, 503);
        group.MapPost("/recoveries/{recovery}/approve", (Delegate)Approve).RequireScope(Scopes.RecoverAccounts)
            .WithName("approveRecovery").WithSummary("Gives an account back, as somebody else asked for")
            .Produces<RecoveryAnswer>().ProducesProblems(401, 403, 404, 409, 500, 503);
        AccountReadEndpoints.Map(group);
    }

    private static async Task Freeze(HttpContext context)
    {
        if (await AccountOf(context) is not { } accountId || await AccountBodies.Freeze.Read(context) is not { } request) return;
        if (!await IsFine(context, request.Reason, request.Since)) return;
        var actor = AccessTokens.HasScope(context, Scopes.FreezeAccounts) ? AccessTokens.ActorOf(context) : $"buyer:{accountId}";
        var freeze = context.RequestServices.GetRequiredService<FreezeAccount>();
        var compromise = await freeze.Handle(new FreezeOrder(accountId, actor, request.Reason, request.Since), request.Notification, context.RequestAborted);
        if (compromise is null)
        {
            await Problems.Write(context, Problems.InvalidField, [new FieldError("/notification", "is of no link that was sent to this account in the last 30 days")]);
            return;
        }
        var brief = new CompromiseBrief(AccountIds.OfCompromise(compromise.Id), compromise.BeganAt);
        await Answer(context, new FreezeAnswer(accountId, compromise.FrozenAt, brief, Notices.OfFreeze));
    }

    private static async Task Recover(HttpContext context)
    {
        if (await AccountOf(context) is not { } accountId || await AccountBodies.Recover.Read(context) is not { } request) return;
        await Answer(context, await context.RequestServices.GetRequiredService<RecoverAccount>().ByProof(accountId, request.Proof, context.RequestAborted));
    }

    private static async Task Request(HttpContext context)
    {
        if (await AccountOf(context) is not { } accountId || await AccountBodies.Recovery.Read(context) is not { } request) return;
        if (!await IsFine(context, request.Reason)) return;
        var recover = context.RequestServices.GetRequiredService<RecoverAccount>();
        await Answer(context, await recover.Request(accountId, AccessTokens.ActorOf(context), request.Reason, context.RequestAborted));
    }

    private static async Task Approve(HttpContext context)
    {
        if (await AccountOf(context) is not { } accountId) return;
        if (!AccountIds.TryReadRecovery(context.Request.RouteValues["recovery"] as string, out var id)) { await Problems.Write(context, Problems.NotFound); return; }
        var recover = context.RequestServices.GetRequiredService<RecoverAccount>();
        await Answer(context, await recover.Approve(accountId, id, AccessTokens.ActorOf(context), context.RequestAborted));
    }

    private static Task Answer(HttpContext context, RecoveryOutcome outcome) => outcome.Result switch
    {
        RecoveryResult.Pending => Answer(context, RecoveryAnswer.Of(outcome.Recovery!), outcome.IsNew ? StatusCodes.Status201Created : StatusCodes.Status200OK),
        RecoveryResult.Done => Answer(context, RecoveryAnswer.Of(outcome.Recovery!)),
        RecoveryResult.NothingToRecover => Problems.Write(context, NothingToRecover),
        RecoveryResult.Unknown => Problems.Write(context, Problems.NotFound),
        RecoveryResult.ApproverIsRequester => Problems.Write(context, ApproverIsRequester),
        RecoveryResult.Superseded => Problems.Write(context, Superseded),
        RecoveryResult.Refused => Problems.Write(context, outcome.Problem!),
    };

    /// <summary>The route's account; null when the request was answered, because no account can be called so.</summary>
    internal static async Task<string?> AccountOf(HttpContext context)
    {
        if (AccountIds.TryReadAccount(context, out var accountId)) return accountId;
        await Problems.Write(context, Problems.NotFound);
        return null;
    }

    internal static Task Answer<T>(HttpContext context, T answer, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(answer, JsonSerializerOptions.Web, context.RequestAborted);
    }

    /// <summary>False when the request was answered with what is wrong with it.</summary>
    private static async Task<bool> IsFine(HttpContext context, string reason, DateTimeOffset? since = null)
    {
        if (AccountBodies.HoldsCardNumber(reason))
        {
            await Problems.Write(context, Problems.CardNumber, [PaymentJson.CardNumberError("/reason")]);
            return false;
        }
        var errors = AccountBodies.Errors(reason, since, context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());
        if (errors.Count > 0) await Problems.Write(context, Problems.InvalidField, errors);
        return errors.Count == 0;
    }
}
