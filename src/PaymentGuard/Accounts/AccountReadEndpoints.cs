using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PaymentGuard.Platform;

namespace PaymentGuard.Accounts;

/// <summary>Shows what happened to accounts. Of an account that nothing is known of the answers are empty: which accounts exist is not told.</summary>
internal static class AccountReadEndpoints
{
    /// <summary>Payments that an interval is shown with; more have a route of their own.</summary>
    private const int FirstPayments = 50;

    public static void Map(IEndpointRouteBuilder group)
    {
        group.MapGet("", (Delegate)GetAccount).RequireScope(Scopes.Read)
            .WithName("getAccount").WithSummary("How an account is protected").Produces<AccountAnswer>().ProducesProblems(401, 403, 404, 500, 503);
        group.MapGet("/compromises", (Delegate)GetCompromises).RequireScope(Scopes.Read)
            .WithName("getCompromises").WithSummary("When an account was in other hands, newest first, and its payments then")
            .WithDescription($"Parameters: before, from next of the page before; limit, 1 to {PageCursor.SizeMax}.")
            .Produces<CompromisesAnswer>().ProducesProblems(400, 401, 403, 404, 500, 503);
        group.MapGet("/compromises/{compromise}/payments", (Delegate)GetPayments).RequireScope(Scopes.Read)
            .WithName("getCompromisedPayments").WithSummary("The payments of one interval, oldest first")
            .WithDescription($"Parameters: after, from next of the page before; limit, 1 to {PageCursor.SizeMax}.")
            .Produces<PaymentsAnswer>().ProducesProblems(400, 401, 403, 404, 500, 503);
        group.MapGet("/timeline", (Delegate)GetTimeline).RequireScope(Scopes.Read)
            .WithName("getTimeline").WithSummary("Everything that happened to an account, newest first")
            .WithDescription($"Parameters: before, from next of the page before; limit, 1 to {PageCursor.SizeMax}.")
            .Produces<TimelineAnswer>().ProducesProblems(400, 401, 403, 404, 500, 503);
    }

    private static async Task GetAccount(HttpContext context)
    {
        if (await AccountEndpoints.AccountOf(context) is not { } accountId) return;
        var answer = await Postgres(context).OnConnection((connection, ct) => Account(context, connection, accountId, ct), context.RequestAborted);
        await AccountEndpoints.Answer(context, answer);
    }

    private static async Task<AccountAnswer> Account(HttpContext context, NpgsqlConnection connection, string accountId, CancellationToken ct)
    {
        if (await AccountTable.Find(connection, accountId, ct) is not { } account) return new AccountAnswer(accountId, false, null, false, null, false, null, null, null);
        var open = await Compromises(context).FindOpen(connection, accountId, ct);
        var pending = await RecoveryTable.FindPending(connection, accountId, ct);
        var locked = account.Lock.LockedUntil > context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow() ? account.Lock.LockedUntil : null;
        return new AccountAnswer(
            accountId, account.IsFrozen, account.FrozenAt, locked is not null, locked, account.Lock.DisabledAt is not null, account.Lock.DisabledAt,
            open is null ? null : new CompromiseBrief(AccountIds.OfCompromise(open.Id), open.BeganAt), pending is null ? null : RecoveryAnswer.Of(pending));
    }

    private static async Task GetCompromises(HttpContext context)
    {
        if (await AccountEndpoints.AccountOf(context) is not { } accountId || await PageCursor.Read(context, "before") is not (var before, var size)) return;
        var answer = await Postgres(context).OnConnection(async (connection, ct) =>
        {
            var found = await Compromises(context).OfAccount(connection, accountId, before, size + 1, ct);
            var shown = new List<CompromiseAnswer>();
            foreach (var compromise in found.Take(size)) shown.Add(await Show(connection, compromise, ct));
            return new CompromisesAnswer(accountId, shown, found.Count > size ? After(found[size - 1]) : null);
        }, context.RequestAborted);
        await AccountEndpoints.Answer(context, answer);
    }

    private static async Task<CompromiseAnswer> Show(NpgsqlConnection connection, Compromise compromise, CancellationToken ct)
    {
        var payments = await CompromisedPayments.Of(connection, compromise, after: null, FirstPayments + 1, ct);
        return new CompromiseAnswer(
            AccountIds.OfCompromise(compromise.Id), compromise.BeganAt, compromise.FrozenAt, compromise.EndedAt, compromise.OpenedBy, compromise.Reason,
            compromise.ClosedAt, compromise.ClosedBy, [.. payments.Take(FirstPayments)], Next(payments, FirstPayments));
    }

    private static async Task GetPayments(HttpContext context)
    {
        if (await AccountEndpoints.AccountOf(context) is not { } accountId || await PageCursor.Read(context, "after") is not (var after, var size)) return;
        if (!AccountIds.TryReadCompromise(context.Request.RouteValues["compromise"] as string, out var id)) { await Problems.Write(context, Problems.NotFound); return; }
        var answer = await Postgres(context).OnConnection(async (connection, ct) =>
        {
            if (await Compromises(context).Find(connection, accountId, id, ct) is not { } compromise) return null;
            var payments = await CompromisedPayments.Of(connection, compromise, after, size + 1, ct);
            return new PaymentsAnswer(accountId, AccountIds.OfCompromise(id), [.. payments.Take(size)], Next(payments, size));
        }, context.RequestAborted);
        await (answer is null ? Problems.Write(context, Problems.NotFound) : AccountEndpoints.Answer(context, answer));
    }

    private static async Task GetTimeline(HttpContext context)
    {
        if (await AccountEndpoints.AccountOf(context) is not { } accountId || await PageCursor.Read(context, "before") is not (var before, var size)) return;
        var items = await context.RequestServices.GetRequiredService<AccountTimeline>().Read(accountId, before, size + 1, context.RequestAborted);
        var next = items.Count > size ? new PageCursor(items[size - 1].At, items[size - 1].Kind, items[size - 1].Id).ToString() : null;
        await AccountEndpoints.Answer(context, new TimelineAnswer(accountId, [.. items.Take(size)], next));
    }

    private static string? Next(List<CompromisedPayment> payments, int size) =>
        payments.Count > size ? new PageCursor(payments[size - 1].OccurredAt, "", payments[size - 1].AssessmentId).ToString() : null;

    private static string After(Compromise last) => new PageCursor(last.FrozenAt, "", AccountIds.OfCompromise(last.Id)).ToString();

    private static CompromiseTable Compromises(HttpContext context) => context.RequestServices.GetRequiredService<CompromiseTable>();

    private static NpgsqlDataSource Postgres(HttpContext context) => context.RequestServices.GetRequiredService<NpgsqlDataSource>();
}
