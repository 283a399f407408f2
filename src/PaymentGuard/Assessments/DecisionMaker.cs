using System.Collections.Concurrent;
using PaymentGuard.Accounts;
using PaymentGuard.Challenges;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.Platform;
using PaymentGuard.Velocity;

namespace PaymentGuard.Assessments;

/// <summary>Makes one decision: reads the signals, evaluates the rules, writes the answer. Stores nothing but the attempt in the velocity logs.</summary>
internal sealed class DecisionMaker(
    IRuleSetSource rules, RedisVelocityStore velocities, EntityHasher hasher, FrozenAccounts frozen, ChallengeOffers challenges, DataKeys keys, TimeProvider clock)
{
    /// <summary>Among attempts of one moment the velocity logs take the first for all, so nothing is undone before this age.</summary>
    private static readonly TimeSpan UndoAge = TimeSpan.FromMinutes(1);

    private WorkspacePool? pool;

    /// <summary>What one decision writes into; to be given back by <see cref="Return"/> when nothing reads it any more.</summary>
    public Workspace Rent()
    {
        var (ruleSet, current) = (rules.Current, pool);
        if (current?.RuleSet != ruleSet) pool = current = new WorkspacePool(ruleSet);
        return current.Idle.TryTake(out var workspace) ? workspace : new Workspace(current);
    }

    public static void Return(Workspace workspace)
    {
        workspace.Signals.Reset();
        workspace.Pool.Idle.Add(workspace);
    }

    /// <summary>Decides by the rule set in force when the workspace was rented. What is unknown when the deadline's part for signals ends stays unknown.</summary>
    /// <param name="marker">Sent along with the velocity commands.</param>
    public async ValueTask<AssessmentRow> Decide(
        Workspace workspace, PaymentAttempt attempt, AttemptContent content, AssessmentSource source, Deadline deadline, ClaimMarker? marker,
        CancellationToken ct)
    {
        var (ruleSet, signals, velocity) = (workspace.Pool.RuleSet, workspace.Signals, workspace.Velocity);
        var (reference, now) = (rules.Reference, clock.GetUtcNow());
        var occurredAt = attempt.Payment.OccurredAt ?? now;
        velocity.Fill(hasher, attempt, occurredAt, reference);
        var applied = await velocities.AppendAndRead(
            velocity, ruleSet.VelocityPlan, signals, deadline.ForSignals, marker is null ? null : marker.Send, ct).ConfigureAwait(false);
        ruleSet.FillAttributes(attempt, occurredAt, reference, signals);
        var outcome = ruleSet.Evaluate(signals, attempt);
        var degraded = ruleSet.Degraded(signals);
        var id = Guid.CreateVersion7(now);
        var draft = new AnswerDraft(id, attempt.Payment.Id, outcome.Decision, outcome.Score, outcome.Hits, degraded, ruleSet.Hash, deadline.ElapsedMs);
        if (frozen.IsFrozen(attempt.Account.Id)) draft = draft.OfFrozenAccount();
        else if (outcome.AsksForChallenge) draft = await challenges.AddTo(draft, attempt, now, deadline).ConfigureAwait(false);
        Count(draft, source);
        return new AssessmentRow(
            id, attempt.Payment.Id, content.Hash, attempt.Account.Id, attempt.Merchant?.Id, attempt.Payment.Amount.Minor, attempt.Payment.Amount.Currency,
            occurredAt, now, draft.Decision, draft.Score, ruleSet.Hash, source,
            Request: keys.Encrypt(content.Json, AssessmentRow.RequestPlace(id)),
            Signals: ServedSignals.Write(ruleSet.Layout, signals),
            Answer: [],
            applied,
            FreezeRule: outcome.FreezeRule).Answering(draft);
    }

    /// <summary>
    /// The payment turned out to be decided long before: takes this repetition back from the logs where its original is compacted, which
    /// would count it a second time, or where the original, having other content, never was.
    /// </summary>
    public ValueTask<bool> Undo(Workspace workspace, AssessmentRow original, CancellationToken ct)
    {
        var velocity = workspace.Velocity;
        if (velocity.FirstHere == 0 || !original.VelocityApplied || clock.GetUtcNow() - original.DecidedAt < UndoAge) return new(true);
        return velocities.Append(VelocityEvent.Void(velocity, velocity.FirstHere), ct);
    }

    private static void Count(AnswerDraft draft, AssessmentSource source)
    {
        Metrics.Decisions.Add(1, new("decision", AnswerJson.Name(draft.Decision)), new("origin", source == AssessmentSource.Http ? "http" : "kafka"));
        if (draft.Degraded.Count > 0) Metrics.Degraded.Add(1);
    }

    /// <summary>The memory of one decision, used again for others under the same rule set.</summary>
    internal sealed class Workspace(WorkspacePool pool)
    {
        public WorkspacePool Pool => pool;

        public Signals Signals { get; } = new(pool.RuleSet.Layout.SlotCount);

        public VelocityAttempt Velocity { get; } = new(pool.RuleSet.VelocitySettings);
    }

    internal sealed class WorkspacePool(RuleSet ruleSet)
    {
        public RuleSet RuleSet => ruleSet;

        public ConcurrentBag<Workspace> Idle { get; } = [];
    }
}
