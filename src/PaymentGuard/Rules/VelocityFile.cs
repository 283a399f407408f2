using PaymentGuard.Domain.Rules.Language;
using PaymentGuard.Domain.Velocity;
using YamlDotNet.RepresentationModel;

namespace PaymentGuard.Rules;

/// <summary>Reads <c>velocity.yaml</c>: what differs from the default settings of the entities, entities of one's own, and named velocities.</summary>
internal static class VelocityFile
{
    private const int RecordsMin = 4, RecordsMax = 1_000_000;

    private static readonly string[] EntityKeys = ["letter", "partners", "retention", "compact_above", "keep_raw"];
    private static readonly TimeSpan RetentionMax = TimeSpan.FromDays(3_650);

    public static VelocitySettings Read(SourceFile file, List<RuleDiagnostic> diagnostics)
    {
        var entities = VelocitySettings.Default.Entities.ToDictionary(entity => entity.Name, StringComparer.Ordinal);
        if (YamlFields.RootOf(file, diagnostics) is not { } root) return VelocitySettings.Default;
        var fields = new YamlFields(file, root, diagnostics, ["entities", "velocities"]);
        if (fields.Mapping("entities", known: null) is { } section)
            foreach (var (name, _) in section.Entries)
                if (Entity(section, name, entities.GetValueOrDefault(name.Value!)) is { } entity) entities[entity.Name] = entity;
        try
        {
            return new VelocitySettings([.. entities.Values], NamedVelocities(fields));
        }
        catch (ArgumentException e)
        {
            fields.Error("entities", e.Message);
            return VelocitySettings.Default;
        }
    }

    private static EntityDefinition? Entity(YamlFields section, YamlScalarNode name, EntityDefinition? known)
    {
        if (!EntityIdentifiers.Names.Contains(name.Value!))
        {
            section.Error(name, YamlFields.UnknownName("entity", name.Value!, EntityIdentifiers.Names));
            return null;
        }
        if (section.Mapping(name.Value!, EntityKeys) is not { } fields) return null;
        var letter = fields.Text("letter", required: known is null) ?? known?.Letter.ToString();
        if (letter?.Length != 1) fields.Error("letter", "The letter of an entity's keys is one letter that no other entity has.");
        var basis = known ?? new EntityDefinition(name.Value!, '?', [], TimeSpan.FromDays(90));
        return basis with
        {
            Letter = letter is { Length: > 0 } ? letter[0] : basis.Letter,
            Partners = Partners(fields) ?? basis.Partners,
            Retention = Retention(fields) ?? basis.Retention,
            CompactAbove = fields.Number("compact_above", RecordsMin, RecordsMax) ?? basis.CompactAbove,
            KeepRaw = fields.Number("keep_raw", 1, RecordsMax) ?? basis.KeepRaw,
        };
    }

    private static string[]? Partners(YamlFields fields)
    {
        if (!fields.Has("partners")) return null;
        var partners = new List<string>();
        foreach (var item in fields.Items("partners"))
            if (item is YamlScalarNode { Value: { } partner } && EntityIdentifiers.Names.Contains(partner)) partners.Add(partner);
            else fields.Error(item, YamlFields.UnknownName("partner", (item as YamlScalarNode)?.Value ?? "", EntityIdentifiers.Names));
        return [.. partners];
    }

    private static TimeSpan? Retention(YamlFields fields)
    {
        if (fields.Scalar("retention") is not { } scalar) return null;
        if (Constants.Duration(scalar.Value!) is { } retention && retention >= TimeSpan.FromMinutes(1) && retention <= RetentionMax) return retention;
        fields.Error(scalar, "'retention' has to be a duration from 1m to 3650d.");
        return null;
    }

    /// <summary>The calls themselves are checked where a rule uses them.</summary>
    private static Dictionary<string, string> NamedVelocities(YamlFields fields)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        if (fields.Mapping("velocities", known: null) is { } section)
            foreach (var (name, _) in section.Entries)
                if (section.Text(name.Value!, required: true) is { } call) named[name.Value!] = call;
        return named;
    }
}
