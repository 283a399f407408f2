using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using PaymentGuard.Accounts;
using PaymentGuard.Challenges;
using PaymentGuard.Challenges.Factors;
using PaymentGuard.Domain.Challenges;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Platform;

namespace PaymentGuard.Cli.Simulation;

/// <summary>
/// Answers the challenges of payments that go by HTTP, as checkout has its buyers do: honest shoppers with the code of their authenticator app, and then the
/// proof is redeemed; attackers, who have none, with guesses.
/// </summary>
/// <param name="http">Carries a token with <see cref="TokenScopes"/>.</param>
/// <param name="clock">The apps' clock.</param>
internal sealed class StepUp(HttpClient http, TimeProvider clock)
{
    /// <summary>What checkout and the account page need for it.</summary>
    public static readonly IReadOnlyList<string> TokenScopes = [Scopes.WriteFactors, Scopes.WriteChallenges, Scopes.Read];

    private const int AtOnce = 8;

    /// <summary>Of many thousand shoppers the rest goes without an app: the simulation is to begin soon.</summary>
    private static readonly TimeSpan EnrollingMax = TimeSpan.FromSeconds(2.5);

    private readonly ConcurrentDictionary<string, App> apps = new();
    private readonly ConcurrentDictionary<string, AccountAnswer> attacked = new();
    private int challenged, honest, passed, notTried, attacks, attacksPassed, guessesRefused;

    /// <summary>An authenticator app.</summary>
    /// <param name="LastStep">Whose code was used last: each works once.</param>
    private sealed record App(OneTimeCode Codes, long LastStep);

    /// <summary>What has become of it so far.</summary>
    public SimulationReport.StepUpLine Line => new(
        apps.Count, challenged, honest, passed, notTried, attacks, attacksPassed, guessesRefused,
        attacked.Values.Count(account => account.Locked), attacked.Values.Count(account => account.Frozen));

    /// <summary>Gives shoppers an app: only what was confirmed before a payment counts for its challenge.</summary>
    /// <returns>False: the service takes no tokens that are signed here.</returns>
    public async Task<bool> Enrol(IEnumerable<string> accounts, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            await Parallel.ForEachAsync(
                accounts.TakeWhile(_ => watch.Elapsed < EnrollingMax), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, Enrol);
            return true;
        }
        catch (HttpRequestException refused) when (refused.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) { return false; }
    }

    /// <summary>Has the payer of a challenged payment prove it, or an attacker try.</summary>
    public async Task Answer(PaymentAttempt attempt, Answer.Offer challenge, bool isFraud, CancellationToken ct)
    {
        Interlocked.Increment(ref challenged);
        if (isFraud) await Guess(attempt, challenge, ct);
        else if (NextCode(attempt.Account.Id) is not { } code) Interlocked.Increment(ref notTried);
        else
        {
            Interlocked.Increment(ref honest);
            if (await Prove(attempt, challenge, code, ct)) Interlocked.Increment(ref passed);
        }
    }

    /// <summary>Sees what an attack has left of its accounts; locks end soon, so look at once.</summary>
    public async Task Look(Story attack, CancellationToken ct)
    {
        foreach (var account in attack.Steps.Select(step => step.Data.Account.Id).Distinct())
        {
            using var response = await http.GetAsync($"/v1/accounts/{account}", ct);
            if (response.IsSuccessStatusCode) attacked[account] = (await response.Content.ReadFromJsonAsync<AccountAnswer>(JsonSerializerOptions.Web, ct))!;
        }
    }

    private async ValueTask Enrol(string account, CancellationToken ct)
    {
        if (await Post<TotpAnswer>($"/v1/accounts/{account}/factors/totp", new { }, ct) is not { } begun || !Base32.TryRead(begun.Secret, out var secret)) return;
        // With the code that was shown a moment ago, so that the current one is good for a payment at once.
        var codes = new OneTimeCode(secret);
        var step = codes.StepAt(clock.GetUtcNow()) - 1;
        if (await Post<FactorIdAnswer>($"/v1/accounts/{account}/factors/{begun.Id}/confirm", new { code = codes.At(step) }, ct) is not null) apps[account] = new App(codes, step);
    }

    /// <summary>The code that the account's app shows. Null: it has none, or has used this one.</summary>
    private string? NextCode(string account)
    {
        if (!apps.TryGetValue(account, out var app) || app.Codes.StepAt(clock.GetUtcNow()) is var step && step <= app.LastStep) return null;
        return apps.TryUpdate(account, app with { LastStep = step }, app) ? app.Codes.At(step) : null;
    }

    private async Task<bool> Prove(PaymentAttempt attempt, Answer.Offer challenge, string code, CancellationToken ct) =>
        await Post<ProofAnswer>($"/v1/challenges/{challenge.Id}/answers", new { totp = code }, ct) is { } answer
        && await Post<RedeemedAnswer>(
            $"/v1/challenges/{challenge.Id}/redeem",
            new { answer.Proof, payment = new { attempt.Payment.Id, attempt.Payment.Amount }, merchant = new { attempt.Merchant?.Id } }, ct) is not null;

    /// <summary>As often as it takes to lock the account.</summary>
    private async Task Guess(PaymentAttempt attempt, Answer.Offer challenge, CancellationToken ct)
    {
        Interlocked.Increment(ref attacks);
        for (var guess = 0; guess < FactorLock.FailuresMax; guess++)
        {
            var code = RandomNumberGenerator.GetInt32(1_000_000).ToString("D6", CultureInfo.InvariantCulture);
            if (await Prove(attempt, challenge, code, ct)) { Interlocked.Increment(ref attacksPassed); return; }
            Interlocked.Increment(ref guessesRefused);
        }
    }

    /// <returns>Null: refused.</returns>
    private async Task<T?> Post<T>(string path, object body, CancellationToken ct) where T : class
    {
        using var response = await TrafficSender.Post(
            http, path, JsonSerializer.SerializeToUtf8Bytes(body, JsonSerializerOptions.Web), "application/json", ct, refusal: HttpStatusCode.UnprocessableEntity);
        return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<T>(JsonSerializerOptions.Web, ct) : null;
    }
}
