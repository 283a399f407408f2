using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PaymentGuard.Assessments;
using PaymentGuard.Platform;

namespace PaymentGuard.Accounts;

internal sealed record CompromiseBrief(string Id, DateTimeOffset BeganAt);

/// <param name="Notices">Names of texts under /v1/notices to show now.</param>
internal sealed record FreezeAnswer(string AccountId, DateTimeOffset FrozenAt, CompromiseBrief Compromise, IReadOnlyList<string> Notices);

/// <summary>Freezes accounts, gives them back, and shows what happened to them.</summary>
internal static class AccountEndpoints
{
    /// <summary>Longest wait for PostgreSQL.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void MapAccountEndpoints(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/accounts/{id}/freeze", (Delegate)Freeze).RequireScope(Scopes.FreezeAccountsOrWriteFactors)
            .WithName("freezeAccount").WithSummary("Freezes an account: every payment is declined from now on").WithTags("Accounts")
            .WithDescription("For staff and programs with accounts:freeze, and with factors:write for the buyer who says that it was not him. Freezing again changes nothing, but that an earlier since counts.")
            .Accepts<FreezeRequest>(MediaTypeNames.Application.Json)
            .Produces<FreezeAnswer>()
            .ProducesProblems(400, 401, 403, 404, 413, 415, 500, 503);
    }

    private static Task Freeze(HttpContext context) => Run(context, async (accountId, ct) =>
    {
        if (await AccountBodies.Freeze.Read(context) is not { } request || !await IsFine(context, request.Reason, request.Since)) return;
        var actor = AccessTokens.HasScope(context, Scopes.FreezeAccounts) ? AccessTokens.ActorOf(context) : $"buyer:{accountId}";
        var compromise = await context.RequestServices.GetRequiredService<FreezeAccount>().Handle(new FreezeOrder(accountId, actor, request.Reason, request.Since), ct);
        await Answer(context, new FreezeAnswer(
            accountId, compromise.FrozenAt, new CompromiseBrief(AccountIds.OfCompromise(compromise.Id), compromise.BeganAt), []), ct);
    });

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

    /// <summary>What every route does: the account's id, a bounded wait, and 503 when PostgreSQL does not answer.</summary>
    private static async Task Run(HttpContext context, Func<string, CancellationToken, Task> work)
    {
        if (!AccountIds.TryReadAccount(context, out var accountId)) { await Problems.Write(context, Problems.NotFound); return; }
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(Patience);
        try { await work(accountId, patience.Token); }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or IOException or OperationCanceledException
            && failure is not BadHttpRequestException && !context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted)
        {
            await Problems.Write(context, Problems.Unavailable);
        }
    }

    private static Task Answer<T>(HttpContext context, T answer, CancellationToken ct) => context.Response.WriteAsJsonAsync(answer, JsonSerializerOptions.Web, ct);
}
