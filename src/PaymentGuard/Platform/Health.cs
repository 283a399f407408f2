using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Rules;

namespace PaymentGuard.Platform;

/// <summary>Tells whether the process lives (<c>/healthz</c>) and whether it may be sent payments (<c>/readyz</c>); open to all.</summary>
internal static class Health
{
    private static readonly ProblemKind NotReady = new(503, "not_ready", "The service is not ready", RetryAfterSeconds: 1);

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => TypedResults.Text("""{"status":"alive"}""", "application/json")).AllowAnonymous()
            .WithSummary("Whether the process lives").WithTags("Health");
        routes.MapGet("/readyz", (Delegate)Ready).AllowAnonymous()
            .WithSummary("Whether payments may be sent; else what is missing").WithTags("Health").ProducesProblems(503);
    }

    private static async Task Ready(HttpContext context)
    {
        var missing = await context.RequestServices.GetRequiredService<Readiness>().Missing(context.RequestAborted);
        if (missing.Count > 0) await Problems.Write(context, NotReady, missing);
        else
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("""{"status":"ready"}""");
        }
    }
}

/// <summary>What must be there before the first payment. PostgreSQL may go away later: decisions are spooled then.</summary>
internal sealed class Readiness(Migrator migrator, IRuleSetSource rules)
{
    private bool isMigrated;

    public async Task<IReadOnlyList<FieldError>> Missing(CancellationToken ct)
    {
        var missing = new List<FieldError>();
        if (RuleSetProblem() is { } rule) missing.Add(new FieldError("/rules", rule));
        if (await MigrationProblem(ct) is { } migration) missing.Add(new FieldError("/database", migration));
        return missing;
    }

    private string? RuleSetProblem()
    {
        try { return rules.Current is null ? "no rule set is loaded" : null; }
        catch (InvalidOperationException) { return "no rule set is loaded"; }
    }

    private async Task<string?> MigrationProblem(CancellationToken ct)
    {
        if (isMigrated) return null;
        try
        {
            var pending = await migrator.Pending(ct);
            isMigrated = pending.Count == 0;
            return isMigrated ? null : $"run 'paymentguard migrate': {string.Join(", ", pending)}";
        }
        catch (Exception) when (!ct.IsCancellationRequested) { return "PostgreSQL does not answer"; }
    }
}
