using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Domain.Rules.Language;

/// <summary>Something that is counted across payments, as rules name it: <c>card.count(10m)</c>.</summary>
/// <param name="Partners">Names that <c>distinct(…)</c> and <c>same_…</c> may use, in the order of <see cref="AttemptFields.SamePartners"/>.</param>
public sealed record VelocityEntity(string Name, IReadOnlyList<string> Partners);

/// <summary>The names that an expression may use. Immutable; shared by all expressions of a rule set.</summary>
public sealed class LanguageScope
{
    private readonly Dictionary<string, AttributeDefinition> attributes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, VelocityEntity> entities;
    private readonly Dictionary<string, NamedList> lists;

    /// <param name="attributes">Aliases are names as well; the first of two that share a name holds it.</param>
    /// <param name="namedVelocities">Name and expression: the name stands for the expression, which may not use such names itself.</param>
    public LanguageScope(
        IEnumerable<AttributeDefinition> attributes,
        IEnumerable<VelocityEntity>? entities = null,
        IEnumerable<NamedList>? lists = null,
        IReadOnlyDictionary<string, string>? namedVelocities = null)
    {
        foreach (var attribute in attributes)
            foreach (var name in attribute.Aliases.Prepend(attribute.Name))
                this.attributes.TryAdd(name, attribute);
        this.entities = (entities ?? []).ToDictionary(entity => entity.Name, StringComparer.Ordinal);
        this.lists = (lists ?? []).ToDictionary(list => list.Name, StringComparer.Ordinal);
        NamedVelocities = namedVelocities ?? new Dictionary<string, string>();
    }

    private LanguageScope(LanguageScope other)
    {
        (attributes, entities, lists) = (other.attributes, other.entities, other.lists);
        NamedVelocities = new Dictionary<string, string>();
        WithoutNamedVelocities = this;
    }

    /// <summary>For the expressions of named velocities, so that none leads to itself.</summary>
    internal LanguageScope WithoutNamedVelocities => field ??= new LanguageScope(this);

    /// <summary>Whether it is the scope of a <c>where:</c>.</summary>
    internal bool IsWhere { get; init; }

    internal IReadOnlyDictionary<string, AttributeDefinition> Attributes => attributes;

    internal IReadOnlyDictionary<string, VelocityEntity> Entities => entities;

    internal IReadOnlyDictionary<string, NamedList> Lists => lists;

    internal IReadOnlyDictionary<string, string> NamedVelocities { get; }
}
