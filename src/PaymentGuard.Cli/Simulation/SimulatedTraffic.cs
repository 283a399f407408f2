using PaymentGuard.Domain.Payments;
using PaymentGuard.Events;

namespace PaymentGuard.Cli.Simulation;

/// <summary>One thing that happens to an account or a payment.</summary>
/// <param name="Type">One of <see cref="EventType"/>'s names.</param>
/// <param name="Data">The whole attempt; for outcomes and account events what they need of it.</param>
internal sealed record Step(DateTimeOffset Time, string Type, PaymentAttempt Data)
{
    public bool IsAttempt => Type == EventType.Attempted;
}

/// <summary>Steps that follow one another, all on one path, by HTTP or by Kafka.</summary>
/// <param name="Attack">Null for the life of an honest shopper.</param>
internal sealed record Story(IReadOnlyList<Step> Steps, PlantedAttack? Attack = null)
{
    public int Payments => Steps.Count(step => step.IsAttempt);
}

/// <summary>An attack that was planted; its fraudulent payments tell whether it was caught.</summary>
/// <param name="Kind">For people: <c>card testing</c>.</param>
/// <param name="Payments">Ids of the payments that the attacker makes; what a victim paid before is not among them.</param>
internal sealed record PlantedAttack(string Kind, IReadOnlySet<string> Payments);

/// <summary>All that is simulated: first what was, then the last day with the attacks.</summary>
internal sealed record Traffic(IReadOnlyList<Story> History, IReadOnlyList<Story> LastDay)
{
    public int Payments => History.Concat(LastDay).Sum(story => story.Payments);

    /// <summary>Accounts of honest people.</summary>
    public IEnumerable<string> Shoppers => History.Where(story => story.Attack is null).Select(story => story.Steps[0].Data.Account.Id).Distinct();

    public IEnumerable<PlantedAttack> Attacks => LastDay.Select(story => story.Attack).OfType<PlantedAttack>();
}

/// <summary>Writes a story, step by step. Outcomes are the issuer's, who is asked whatever we decide, so that an attack is seen to its end.</summary>
internal sealed class StoryWriter(string paymentPrefix)
{
    private readonly List<Step> steps = [];
    private readonly HashSet<string> payments = [];

    /// <summary>An attempt and, a second and a half later, what the issuer says.</summary>
    /// <param name="attempt">Without payment id and time; they are given here.</param>
    /// <param name="isFraud">Whether the attacker makes it.</param>
    public StoryWriter Pay(DateTimeOffset time, PaymentAttempt attempt, bool authorized = true, bool isFraud = false)
    {
        var id = $"{paymentPrefix}_{steps.Count}";
        var full = attempt with { Payment = attempt.Payment with { Id = id, OccurredAt = time } };
        steps.Add(new Step(time, EventType.Attempted, full));
        var outcome = authorized ? EventType.Authorized : EventType.Declined;
        steps.Add(new Step(time.AddSeconds(1.5), outcome, full));
        if (isFraud) payments.Add(id);
        return this;
    }

    /// <summary>Something that happens to the account, with the device it happens on.</summary>
    public StoryWriter Happens(DateTimeOffset time, string type, PaymentAttempt who)
    {
        steps.Add(new Step(time, type, who));
        return this;
    }

    public Story ToStory(string? attackKind = null) => new([.. steps], attackKind is null ? null : new PlantedAttack(attackKind, payments));
}
