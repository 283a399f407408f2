using Microsoft.Extensions.Logging.Abstractions;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.Platform;
using PaymentGuard.Velocity;

namespace PaymentGuard.Rules;

/// <summary>Explains decisions from what is stored. Writes nothing, into no store.</summary>
internal sealed class DecisionExplainer(Settings settings, TimeProvider clock)
{
    private const string IdPrefix = "asm_";

    /// <summary>Longest wait for the velocities of a payment that nobody waits for.</summary>
    private static readonly TimeSpan ReadBudget = TimeSpan.FromSeconds(2);

    /// <summary>A stored assessment: its request, by the rules of then, with the velocities as they were served.</summary>
    /// <param name="id">The assessment's or its payment's.</param>
    /// <exception cref="InvalidDataException">It, or its rule set, is not stored.</exception>
    public async Task<Explanation> OfAssessment(string id, CancellationToken ct)
    {
        await using var postgres = PostgresSource.Create(settings);
        var row = await Find(new AssessmentTable(postgres), id, ct) ?? throw new InvalidDataException($"No assessment {id} is stored.");
        var texts = await new RuleSetStore(postgres).Find(row.RuleSet, ct) ?? throw new InvalidDataException($"The rule set {row.RuleSet} is not stored.");
        var load = RuleFiles.Load(texts, row.DecidedAt);
        var ruleSet = Usable(load, row.RuleSet);
        var attempt = PaymentJson.ReadStored(DataKeys.Load(settings.KeyFile).Decrypt(row.Request, AssessmentRow.RequestPlace(row.Id)));
        var signals = new Signals(ruleSet.Layout.SlotCount);
        if (!ServedSignals.TryRead(row.Signals, ruleSet.Layout, signals)) throw new InvalidDataException($"The velocities of {id} were stored by another build.");
        ruleSet.FillAttributes(attempt, row.OccurredAt, ReferenceData.Load(settings.IpCountryFile, load.Rates), signals);
        return RuleExplain.Explain(ruleSet, load.Scope, signals, attempt);
    }

    /// <summary>A payment that is not sent: by the rules of a folder, with the velocities of now.</summary>
    /// <param name="folder">Null: the one of the settings.</param>
    /// <exception cref="InvalidDataException">It is no payment, or the rules have errors.</exception>
    public async Task<Explanation> OfPayment(byte[] json, string? folder, CancellationToken ct)
    {
        if (!PaymentJson.TryRead(json, clock.GetUtcNow(), out var attempt, out var errors, out _))
            throw new InvalidDataException($"No payment: {string.Join("; ", errors.Select(error => $"{error.Pointer} {error.Detail}"))}");
        folder ??= settings.RulesFolder;
        var load = RuleFiles.Load(folder, clock.GetUtcNow());
        var ruleSet = Usable(load, folder);
        var reference = ReferenceData.Load(settings.IpCountryFile, load.Rates);
        var time = attempt!.Payment.OccurredAt ?? clock.GetUtcNow();
        var signals = new Signals(ruleSet.Layout.SlotCount);
        var hasher = new EntityHasher(DataKeys.Load(settings.KeyFile).Derive("velocity"));
        var entities = VelocityAttempt.Create(ruleSet.VelocitySettings, hasher, attempt, time, reference);
        await ReadVelocities(entities, ruleSet.VelocityPlan, signals, ct);
        ruleSet.FillAttributes(attempt, time, reference, signals);
        return RuleExplain.Explain(ruleSet, load.Scope, signals, attempt, entities.Approximate);
    }

    private async Task ReadVelocities(VelocityAttempt entities, VelocityPlan plan, Signals signals, CancellationToken ct)
    {
        using var redis = new RedisConnection(settings, clock, NullLogger<RedisConnection>.Instance);
        var epoch = new RedisEpoch(redis, clock);
        await epoch.Check(ct);
        using var compaction = new RedisCompaction(redis, clock);
        var store = new RedisVelocityStore(redis, epoch, new MissingAppends(), compaction, clock);
        await store.Read(entities, plan, signals, ReadBudget, ct);
    }

    private static async Task<AssessmentRow?> Find(AssessmentTable table, string id, CancellationToken ct) =>
        id.StartsWith(IdPrefix, StringComparison.Ordinal) && Guid.TryParseExact(id.AsSpan(IdPrefix.Length), "N", out var key)
            ? await table.Find(key, ct)
            : (await table.OfPayments([id], ct)).GetValueOrDefault(id);

    private static RuleSet Usable(RuleSetLoad load, string name) =>
        load.RuleSet ?? throw new InvalidDataException($"The rules of {name} cannot be used.\n{string.Join('\n', load.Diagnostics)}");
}
