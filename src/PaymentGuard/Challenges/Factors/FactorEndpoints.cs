using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PaymentGuard.Accounts;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges.Factors;

/// <summary>What the account page does with a buyer's factors.</summary>
internal static class FactorEndpoints
{
    private const string NeedsProof = "Needs a proof of a second factor as soon as the account has one, or a recovery code.";

    public static void MapFactorEndpoints(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/accounts/{id}").WithTags("Factors");
        group.MapGet("/factors", (Delegate)List).RequireScope(Scopes.Read)
            .WithName("listFactors").WithSummary("An account's factors, without their secrets")
            .Produces<FactorsAnswer>().ProducesProblems(401, 403, 404, 500, 503);
        Map<TotpRequest>(group, "/factors/totp", EnrolTotp, "enrolTotp", "Begins an authenticator app; it counts once a code confirms it within 15 minutes", NeedsProof, 409)
            .Produces<TotpAnswer>(StatusCodes.Status201Created);
        MapContact(group, Methods.Email, "addEmail", "an e-mail address");
        MapContact(group, Methods.Sms, "addPhone", "a telephone number");
        Map<PasskeyOptionsRequest>(group, "/factors/passkeys/options", BeginPasskey, "beginPasskey", "Options for navigator.credentials.create, good for 120 seconds", NeedsProof, 409)
            .Produces<JsonElement>();
        Map<PasskeyRequest>(group, "/factors/passkeys", CompletePasskey, "addPasskey", "Adds the passkey that the browser made of the options last given", "")
            .Produces<FactorIdAnswer>(StatusCodes.Status201Created);
        Map<ConfirmRequest>(group, "/factors/{factorId}/confirm", Confirm, "confirmFactor", "Has a factor count that was begun",
            "Refused codes count with refused answers to challenges and lock alike; whatever the reason, a refusal is 422 challenge_refused.")
            .Produces<FactorIdAnswer>();
        Map<RemoveRequest>(group, "/factors/{factorId}/remove", Remove, "removeFactor", "Removes a factor", NeedsProof, 409)
            .Produces(StatusCodes.Status204NoContent);
        Map<RecoveryCodesRequest>(group, "/recovery-codes", MakeRecoveryCodes, "makeRecoveryCodes", "Makes ten recovery codes; those before are dead", NeedsProof, 409)
            .Produces<RecoveryCodesAnswer>(StatusCodes.Status201Created);
    }

    private static void MapContact(RouteGroupBuilder group, string kind, string name, string what) =>
        Map<ContactRequest>(group, $"/factors/{kind}", context => AddContact(context, kind), name, $"Begins {what}; it counts once the code that is sent there confirms it", NeedsProof, 409, 429)
            .Produces<ContactAnswer>(StatusCodes.Status201Created);

    /// <param name="problems">Besides those of every change.</param>
    private static RouteHandlerBuilder Map<TRequest>(
        RouteGroupBuilder group, string path, Func<HttpContext, Task> handle, string name, string summary, string description, params int[] problems) where TRequest : notnull =>
        group.MapPost(path, (Delegate)handle).RequireScope(Scopes.WriteFactors)
            .WithName(name).WithSummary(summary).WithDescription(description)
            .Accepts<TRequest>(MediaTypeNames.Application.Json)
            .ProducesProblems([400, 401, 403, 404, 413, 415, 422, 500, 503, .. problems]);

    private static async Task List(HttpContext context)
    {
        if (!AccountIds.TryReadAccount(context, out var accountId)) { await Problems.Write(context, Problems.NotFound); return; }
        var services = context.RequestServices;
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var (factors, codesLeft) = await services.GetRequiredService<NpgsqlDataSource>().OnConnection(
            async (connection, ct) => (await FactorTable.All(connection, accountId, now, ct), await FactorTable.RecoveryCodesLeft(connection, accountId, ct)), context.RequestAborted);
        await FactorJson.WriteList(context, factors, codesLeft, services.GetRequiredService<DataKeys>());
    }

    private static async Task EnrolTotp(HttpContext context)
    {
        if (await FactorBodies.Totp.Read(context) is not { } request) return;
        if (FactorBodies.Errors(request) is { Count: > 0 } errors) { await Problems.Write(context, Problems.InvalidField, errors); return; }
        var enrol = context.RequestServices.GetRequiredService<EnrolTotp>();
        await Change(context, change => enrol.Handle(change, request.Proof, FactorBodies.AlgorithmOf(request)!.Value, (int)(request.Digits ?? 6)));
    }

    private static async Task AddContact(HttpContext context, string kind)
    {
        if (await FactorBodies.Contact.Read(context) is not { } request) return;
        // Some telephone numbers pass for card numbers.
        if (kind == Methods.Email && CardNumber.IsIn(request.Address)) { await Problems.Write(context, Problems.CardNumber, [PaymentJson.CardNumberError("/address")]); return; }
        if (FactorBodies.AddressError(request.Address, kind) is { } error) { await Problems.Write(context, Problems.InvalidField, [error]); return; }
        var add = context.RequestServices.GetRequiredService<AddContact>();
        await Change(context, change => add.Handle(change, new Contact(kind, request.Address), request.Proof));
    }

    private static async Task BeginPasskey(HttpContext context)
    {
        if (await FactorBodies.PasskeyOptions.Read(context) is not { } request) return;
        var add = context.RequestServices.GetRequiredService<AddPasskey>();
        await Change(context, change => add.Begin(change, request.Proof));
    }

    private static async Task CompletePasskey(HttpContext context)
    {
        if (await FactorBodies.Passkey.Read(context) is not { } request) return;
        var add = context.RequestServices.GetRequiredService<AddPasskey>();
        await Change(context, change => add.Complete(change, request.Credential.GetRawText()));
    }

    private static async Task Confirm(HttpContext context)
    {
        if (await FactorBodies.Confirm.Read(context) is not { } request) return;
        var confirm = context.RequestServices.GetRequiredService<ConfirmFactor>();
        await Change(context, change => confirm.Handle(change, FactorIdOf(context), request.Code));
    }

    private static async Task Remove(HttpContext context)
    {
        if (await FactorBodies.Remove.Read(context) is not { } request) return;
        await Change(context, change => RemoveFactor.Handle(change, FactorIdOf(context), request.Proof));
    }

    private static async Task MakeRecoveryCodes(HttpContext context)
    {
        if (await FactorBodies.RecoveryCodes.Read(context) is not { } request) return;
        var make = context.RequestServices.GetRequiredService<MakeRecoveryCodes>();
        await Change(context, change => make.Handle(change, request.Proof));
    }

    private static async Task Change(HttpContext context, Func<FactorChange, Task<FactorOutcome>> make)
    {
        if (!AccountIds.TryReadAccount(context, out var accountId)) { await Problems.Write(context, Problems.NotFound); return; }
        var refusal = new Refusal(context);
        var outcome = await context.RequestServices.GetRequiredService<FactorChanges>().Run(accountId, AccessTokens.ActorOf(context), make, context.RequestAborted);
        await (outcome is FactorOutcome.Refused refused ? refusal.Give(refused.Problem) : FactorJson.Write(context, outcome));
    }

    private static Guid? FactorIdOf(HttpContext context) => FactorJson.ReadId(context.Request.RouteValues["factorId"] as string);
}
