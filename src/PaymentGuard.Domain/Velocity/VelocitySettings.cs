using System.Collections.Immutable;

namespace PaymentGuard.Domain.Velocity;

/// <summary>Something that payments are counted for, and what its log keeps.</summary>
/// <param name="Name">What identifies it, one of <see cref="EntityIdentifiers.Names"/>, and its name in rules.</param>
/// <param name="Letter">Its place in keys, <c>pg:v1:{letter}:…</c>; never used again for another one.</param>
/// <param name="Partners">Up to three identifiers that are logged with each attempt, for distinct counts and <c>same_…</c>. Logs that were written
/// with other partners answer wrongly: a change needs a rebuild.</param>
/// <param name="Retention">How long a log is kept after its last record.</param>
/// <param name="CompactAbove">Records after the compacted ones that a log may have before it is compacted. Up to here all is exact.</param>
/// <param name="KeepRaw">Newest records that compaction leaves as they are.</param>
public sealed record EntityDefinition(
    string Name, char Letter, IReadOnlyList<string> Partners, TimeSpan Retention, int CompactAbove = 160, int KeepRaw = 64)
{
    public const int PartnersMax = 3;

    public long RetentionMs => (long)Retention.TotalMilliseconds;
}

/// <summary>Which entities there are, and velocities that rules call by a name.</summary>
public sealed record VelocitySettings
{
    public const int EntitiesMax = 64;

    /// <summary>Keys of this letter say who is deciding a payment.</summary>
    public const char ReservedLetter = 'q';

    /// <param name="entities">At most 64, with different names and letters; their order is their index.</param>
    /// <param name="namedVelocities">Name and expression.</param>
    /// <exception cref="ArgumentException">Entities that cannot be; the message says which one and why.</exception>
    public VelocitySettings(IReadOnlyList<EntityDefinition> entities, IReadOnlyDictionary<string, string> namedVelocities)
    {
        Check(entities);
        Entities = [.. entities];
        NamedVelocities = namedVelocities;
        Identifiers = [.. entities.Select(entity => entity.Name).Concat(entities.SelectMany(entity => entity.Partners)).Distinct(StringComparer.Ordinal)];
        PartnerIdentifiers = [.. Entities.Select(entity => entity.Partners.Select(name => Identifiers.IndexOf(name)).ToImmutableArray())];
    }

    public ImmutableArray<EntityDefinition> Entities { get; }

    public IReadOnlyDictionary<string, string> NamedVelocities { get; }

    /// <summary>All identifiers that entities and partners need, entity n first at n.</summary>
    internal ImmutableArray<string> Identifiers { get; }

    /// <summary>Of each entity, where in <see cref="Identifiers"/> its partners are.</summary>
    internal ImmutableArray<ImmutableArray<int>> PartnerIdentifiers { get; }

    /// <summary>What is counted when <c>rules/velocity.yaml</c> says nothing else.</summary>
    public static VelocitySettings Default { get; } = new(
    [
        new("card", 'c', ["account", "device", "ip_country"], TimeSpan.FromDays(90)),
        new("account", 'a', ["card", "device", "ip_country"], TimeSpan.FromDays(90)),
        new("device", 'd', ["account", "card", "ip"], TimeSpan.FromDays(60)),
        new("ip", 'i', ["account", "card", "device"], TimeSpan.FromDays(7)),
        new("ip24", 'n', ["account", "card", "device"], TimeSpan.FromDays(2)),
        new("email", 'e', ["account", "card", "device"], TimeSpan.FromDays(90)),
        new("email_domain", 'o', ["account", "card", "device"], TimeSpan.FromDays(7)),
        new("phone", 'p', ["account", "card", "device"], TimeSpan.FromDays(90)),
        new("merchant", 'm', ["card", "account", "device"], TimeSpan.FromDays(40)),
        new("bin", 'b', ["account", "card", "merchant"], TimeSpan.FromDays(7)),
        new("shipping", 's', ["account", "card", "device"], TimeSpan.FromDays(90)),
    ], ImmutableDictionary<string, string>.Empty);

    /// <summary>The entity's index; −1 when there is none of that name.</summary>
    public int IndexOf(string entity)
    {
        for (var index = 0; index < Entities.Length; index++)
            if (Entities[index].Name == entity) return index;
        return -1;
    }

    private static void Check(IReadOnlyList<EntityDefinition> entities)
    {
        if (entities.Count > EntitiesMax) throw new ArgumentException($"At most {EntitiesMax} entities can be counted.");
        if (entities.DistinctBy(entity => entity.Name).Count() < entities.Count) throw new ArgumentException("Two entities have one name.");
        if (entities.DistinctBy(entity => entity.Letter).Count() < entities.Count) throw new ArgumentException("Two entities have one letter.");
        foreach (var entity in entities) Check(entity);
    }

    private static void Check(EntityDefinition entity)
    {
        foreach (var name in entity.Partners.Prepend(entity.Name))
            if (!EntityIdentifiers.Names.Contains(name)) throw new ArgumentException($"Entity {entity.Name}: a payment has no {name}; it has {string.Join(", ", EntityIdentifiers.Names)}.");
        if (!char.IsAsciiLetter(entity.Letter) || entity.Letter == ReservedLetter)
            throw new ArgumentException($"Entity {entity.Name}: its letter must be one of a to z or A to Z, but for {ReservedLetter}.");
        if (entity.Partners.Count > EntityDefinition.PartnersMax) throw new ArgumentException($"Entity {entity.Name}: at most {EntityDefinition.PartnersMax} partners can be logged.");
        if (entity.Retention <= TimeSpan.Zero) throw new ArgumentException($"Entity {entity.Name}: the retention must be longer than nothing.");
        if (entity.KeepRaw < 1 || entity.CompactAbove < entity.KeepRaw) throw new ArgumentException($"Entity {entity.Name}: at least one record stays raw, and no more than the log may have.");
    }
}
