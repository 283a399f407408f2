using System.Numerics;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules.Language;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Domain.Rules;

/// <summary>
/// All rules under one version, compiled. Immutable and shared by all threads; what one payment gives them lives in <see cref="Signals"/>.
/// All evaluated rules are always evaluated, and every hit is kept.
/// </summary>
public sealed class RuleSet
{
    /// <summary>More rules than this are refused, which bounds the stack that <see cref="Evaluate"/> uses.</summary>
    public const int RulesMax = 4_096;

    private const int BlockSize = 64;

    private readonly EvaluatedRule[] evaluated;
    private readonly ConditionBlock[] blocks;
    private readonly ulong[] speaksWhenUnavailable;
    private readonly AttributeGetter[] getters;
    private readonly RuleSetOutcome noHit;

    /// <param name="hash"><c>sha256:</c> and 64 hexadecimal digits over the normalised files.</param>
    /// <param name="files">The files that the set was made of, by path within their folder.</param>
    /// <param name="alsoRead">Expressions besides the rules whose signals are filled as well, such as the columns of a table.</param>
    public RuleSet(
        string hash,
        IReadOnlyDictionary<string, string> files,
        IReadOnlyList<Rule> rules,
        RulePolicy policy,
        VelocitySettings velocitySettings,
        IReadOnlyList<CheckedExpression>? alsoRead = null)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rules.Count, RulesMax);
        (Hash, Files, Rules, Policy, VelocitySettings) = (hash, files, rules, policy, velocitySettings);
        var active = rules.Where(rule => rule.IsEvaluated).ToArray();
        var read = active.Select(rule => rule.When).Concat(alsoRead ?? []).ToArray();
        Layout = new SignalLayout(read.SelectMany(expression => expression.Attributes), read.SelectMany(expression => expression.Velocities));
        VelocityPlan = new VelocityPlan(velocitySettings, Layout);
        evaluated = [.. active.Select(rule => new EvaluatedRule(rule, Layout))];
        blocks = [.. active.Chunk(BlockSize).Select(chunk => ConditionBlock.Compile([.. chunk.Select(rule => rule.When)], Layout))];
        speaksWhenUnavailable = [.. active.Chunk(BlockSize).Select(MaskOfSpeakers)];
        getters = [.. Layout.Attributes.Select(attribute => GetterOf(attribute.Name))];
        noHit = new RuleSetOutcome(default(DecisionTally).Decide(policy), 0, [], default(DecisionTally).AsksForChallenge(policy));
    }

    /// <summary>The same rules for a replay: the signals of these expressions are filled too, and what is not read is not logged.</summary>
    public RuleSet ForReplay(IReadOnlyList<CheckedExpression> expressions)
    {
        var read = Rules.Select(rule => rule.When).Concat(expressions).SelectMany(expression => expression.Velocities).Select(velocity => velocity.Entity).ToHashSet();
        var settings = new VelocitySettings([.. VelocitySettings.Entities.Where(entity => read.Contains(entity.Name))], VelocitySettings.NamedVelocities);
        return new(Hash, Files, Rules, Policy, settings, expressions);
    }

    public string Hash { get; }

    public IReadOnlyDictionary<string, string> Files { get; }

    /// <summary>All rules, drafts and paused ones too, in the order of their files.</summary>
    public IReadOnlyList<Rule> Rules { get; }

    public RulePolicy Policy { get; }

    public SignalLayout Layout { get; }

    public VelocitySettings VelocitySettings { get; }

    /// <summary>What to read from the velocity logs for one payment.</summary>
    public VelocityPlan VelocityPlan { get; }

    /// <summary>Writes the attributes that the rules read, and by which rates amounts compare; what the payment does not tell stays missing.</summary>
    /// <param name="time">The payment's time.</param>
    public void FillAttributes(PaymentAttempt attempt, DateTimeOffset time, IReferenceData reference, Signals signals)
    {
        signals.SetRates(reference, time);
        var source = new AttributeSource(attempt, time, reference);
        for (var slot = 0; slot < getters.Length; slot++)
            getters[slot](ref source, signals, slot);
    }

    /// <summary>Evaluates all rules and makes one decision. Pure; allocates nothing but the outcome of a payment with hits.</summary>
    public RuleSetOutcome Evaluate(Signals signals, PaymentAttempt attempt)
    {
        Span<ulong> held = stackalloc ulong[blocks.Length];
        Span<ulong> unknown = stackalloc ulong[blocks.Length];
        var hitCount = 0;
        for (var block = 0; block < blocks.Length; block++)
        {
            blocks[block].Evaluate(signals, out held[block], out var missing);
            unknown[block] = UnavailableAmong(missing & speaksWhenUnavailable[block], block * BlockSize, signals);
            hitCount += BitOperations.PopCount(held[block] | unknown[block]);
        }
        return hitCount == 0 ? noHit : OutcomeOf(held, unknown, new RuleHit[hitCount], attempt);
    }

    /// <summary>What could not be read for this payment, as the answer names it: <c>velocity.card</c>, <c>list.bins</c>. Sorted.</summary>
    public IReadOnlyList<string> Degraded(Signals signals)
    {
        if (!signals.AnyUnavailable) return [];
        var names = new SortedSet<string>(StringComparer.Ordinal);
        for (var slot = 0; slot < Layout.SlotCount; slot++)
            if (signals[slot].State == SignalState.Unavailable) names.Add(DegradedName(slot));
        return [.. names];
    }

    private static AttributeGetter GetterOf(string name) => name.StartsWith(NamedList.UnreadPrefix, StringComparison.Ordinal)
        ? static (ref _, signals, slot) => signals.SetUnavailable(slot)
        : PaymentAttributes.GetterOf(name);

    private string DegradedName(int slot) => slot < Layout.FirstVelocitySlot
        ? Layout.Attributes[slot].Name
        : $"velocity.{Layout.Velocities[slot - Layout.FirstVelocitySlot].Entity}";

    private RuleSetOutcome OutcomeOf(ReadOnlySpan<ulong> held, ReadOnlySpan<ulong> unknown, RuleHit[] hits, PaymentAttempt attempt)
    {
        var tally = default(DecisionTally);
        var hitCount = 0;
        for (var block = 0; block < held.Length; block++)
            for (var bits = held[block] | unknown[block]; bits != 0; bits &= bits - 1)
            {
                var bit = BitOperations.TrailingZeroCount(bits);
                var holds = (held[block] >> bit & 1) != 0;
                hits[hitCount++] = evaluated[block * BlockSize + bit].Hit(holds, attempt, ref tally);
            }
        return new RuleSetOutcome(tally.Decide(Policy), tally.Score, hits, tally.AsksForChallenge(Policy), tally.FreezeRule);
    }

    private ulong UnavailableAmong(ulong missing, int firstRule, Signals signals)
    {
        if (!signals.AnyUnavailable) return 0;
        var unavailable = 0UL;
        for (var bits = missing; bits != 0; bits &= bits - 1)
        {
            var bit = BitOperations.TrailingZeroCount(bits);
            if (evaluated[firstRule + bit].ReadsUnavailable(signals)) unavailable |= 1UL << bit;
        }
        return unavailable;
    }

    private static ulong MaskOfSpeakers(Rule[] rules)
    {
        var mask = 0UL;
        for (var bit = 0; bit < rules.Length; bit++)
            if (rules[bit].WhenUnavailable != WhenUnavailable.Ignore) mask |= 1UL << bit;
        return mask;
    }

    /// <summary>A rule with everything a hit needs made beforehand, so that a hit allocates nothing.</summary>
    private sealed class EvaluatedRule(Rule rule, SignalLayout layout)
    {
        private readonly int[] slots =
        [
            .. rule.When.Attributes.Select(attribute => layout.SlotOf(attribute.Name)),
            .. rule.When.Velocities.Select(velocity => layout.SlotOf(velocity.Text)),
        ];
        private readonly RuleHit hit = new(rule.ReasonCode, rule.Id, rule.Mode);
        private readonly RuleHit hitUnavailable = new(rule.ReasonCode, rule.Id, rule.Mode, Unavailable: true);
        private readonly RuleHit shadow = new(rule.ReasonCode, rule.Id, RuleMode.Shadow);
        private readonly RuleHit shadowUnavailable = new(rule.ReasonCode, rule.Id, RuleMode.Shadow, Unavailable: true);

        public bool ReadsUnavailable(Signals signals)
        {
            foreach (var slot in slots)
                if (signals[slot].State == SignalState.Unavailable) return true;
            return false;
        }

        public RuleHit Hit(bool holds, PaymentAttempt attempt, ref DecisionTally tally)
        {
            if (!HasSay(attempt)) return holds ? shadow : shadowUnavailable;
            if (holds) tally.AddHeld(rule);
            else tally.AddUnavailable(rule);
            return holds ? hit : hitUnavailable;
        }

        private bool HasSay(PaymentAttempt attempt) => rule.Mode switch
        {
            RuleMode.Live => true,
            RuleMode.Rollout => rule.Rollout is { } rollout && RolloutBucket.Of(rule.Id, rollout.By, attempt) < rollout.BasisPoints,
            RuleMode.Shadow or RuleMode.Draft or RuleMode.Paused => false,
        };
    }
}

/// <summary>Where the rule set and the tables in force come from.</summary>
public interface IRuleSetSource
{
    /// <summary>The rule set in force. Read it once per payment: another may be in force the next moment.</summary>
    RuleSet Current { get; }

    IReferenceData Reference { get; }
}
