using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Domain.Rules;

/// <summary>A name that rules may read of a payment.</summary>
/// <param name="Name">Words in small letters, joined by dots or underscores: <c>account.age</c>.</param>
/// <param name="Aliases">Other spellings, such as <c>card_country</c> for <c>card.country</c>.</param>
public sealed record AttributeDefinition(string Name, SignalType Type, string Description, params string[] Aliases);

/// <summary>Which slot of <see cref="Signals"/> holds what, for all expressions that are evaluated together: first the attributes, then the velocities.</summary>
public sealed class SignalLayout
{
    private readonly Dictionary<string, int> slotByName = new(StringComparer.Ordinal);

    public SignalLayout(IEnumerable<AttributeDefinition> attributes, IEnumerable<VelocityQuery> velocities)
    {
        Attributes = [.. attributes.DistinctBy(attribute => attribute.Name)];
        Velocities = [.. velocities.Distinct()];
        foreach (var name in Attributes.Select(attribute => attribute.Name).Concat(Velocities.Select(velocity => velocity.Text)))
            slotByName.Add(name, slotByName.Count);
    }

    /// <summary>Attribute n is slot n.</summary>
    public IReadOnlyList<AttributeDefinition> Attributes { get; }

    /// <summary>Velocity n is slot <see cref="FirstVelocitySlot"/> + n.</summary>
    public IReadOnlyList<VelocityQuery> Velocities { get; }

    public int FirstVelocitySlot => Attributes.Count;

    public int SlotCount => slotByName.Count;

    /// <summary>The slot of an attribute's name or a velocity's text; −1 when nothing here reads it.</summary>
    public int SlotOf(string name) => slotByName.GetValueOrDefault(name, -1);
}
