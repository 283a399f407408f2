using System.Text;
using Microsoft.Extensions.Hosting;
using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Platform;

namespace PaymentGuard.Assessments;

/// <summary>
/// Runs what every decision runs, before the first request comes: code that is compiled on first use and connections that open on first
/// use would cost it its deadline. Stores nothing but a marker that expires.
/// </summary>
internal sealed class Warmup(AssessmentStore store, DecisionClaims claims, DecisionMaker decisions, DataKeys keys, TimeProvider clock) : IHostedService
{
    private const int Rounds = 30;   // enough for the runtime to compile once more, with optimisation
    private static readonly TimeSpan StorePatience = TimeSpan.FromMilliseconds(500);
    private const string SampleId = "warm-up";
    private static readonly byte[] Sample = Encoding.UTF8.GetBytes(
        """
        {"payment":{"id":"warm-up","occurredAt":"2026-01-01T00:00:00Z","amount":{"minor":1,"currency":"EUR"},"channel":"web"},
        "account":{"id":"warm-up","email":"nobody@example.com"},"card":{"token":"warm-up"},"device":{"ip":"192.0.2.1","userAgent":"none"}}
        """);

    public async Task StartAsync(CancellationToken ct)
    {
        for (var round = 0; round < Rounds; round++) Compute();
        await claims.OwnerOf(claims.Begin(SampleId), StorePatience);
        await claims.Read(SampleId, StorePatience);
        var stored = store.StoreNow([], ct);
        await stored.ForAtMost(StorePatience);
    }

    public Task StopAsync(CancellationToken ct) => Task.CompletedTask;

    private void Compute()
    {
        PaymentJson.TryRead(Sample, clock.GetUtcNow(), out var attempt, out _, out _);
        var content = AttemptContent.Of(attempt!);
        keys.Encrypt(content.Json, AssessmentRow.RequestPlace(Guid.Empty));
        var outcome = new RuleSetOutcome(Decision.Review, 0, [new RuleHit("WARM_UP", "warm-up", RuleMode.Live)]);
        AnswerJson.Unrecorded(AnswerJson.Write(new AnswerDraft(Guid.Empty, SampleId, outcome.Decision, 0, outcome.Hits, [], "", 0)));
        DecisionMaker.Return(decisions.Rent());
    }
}
