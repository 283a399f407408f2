using System.Security.Cryptography;
using System.Text;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;
using PaymentGuard.Domain.Sca;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.Sca;

namespace PaymentGuard.Rules;

/// <summary>The texts of a rules folder.</summary>
/// <param name="Files">Text by path within the folder, with forward slashes.</param>
/// <param name="UnreadableLists">Names of the lists whose file is there and cannot be read.</param>
internal sealed record RuleFolderTexts(
    IReadOnlyDictionary<string, string> Files, IReadOnlyList<string> UnreadableLists, IReadOnlyList<RuleDiagnostic> Diagnostics);

/// <summary>What became of a rules folder.</summary>
/// <param name="RuleSet">Null when there is an error among the diagnostics.</param>
/// <param name="Diagnostics">All errors and warnings, in the order of files and lines.</param>
/// <param name="Rules">The rules that could be read, with their tests.</param>
/// <param name="Scope">What their conditions may name.</param>
/// <param name="NextExpiry">When an entry of a list expires, and with it this load; null when none will.</param>
internal sealed record RuleSetLoad(
    RuleSet? RuleSet,
    IReadOnlyList<RuleDiagnostic> Diagnostics,
    IReadOnlyList<RuleFile> Rules,
    LanguageScope Scope,
    VelocitySettings VelocitySettings,
    ExchangeRates Rates,
    DateTimeOffset? NextExpiry);

/// <summary>
/// Reads a rules folder: <c>*.yaml</c>, one rule a file, beside <c>policy.yaml</c> and <c>velocity.yaml</c>; <c>lists/*.csv</c>; <c>rates.csv</c>.
/// Reads on after an error, so that all are told at once.
/// </summary>
internal static class RuleFiles
{
    private const string Policy = "policy.yaml", Velocity = "velocity.yaml", Rates = "rates.csv", Lists = "lists/";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="asOf">Entries of lists that expired by then are left out; null: now.</param>
    public static RuleSetLoad Load(string folder, DateTimeOffset? asOf = null) => Load(Read(folder), asOf ?? TimeProvider.System.GetUtcNow());

    public static RuleSetLoad Load(RuleFolderTexts texts, DateTimeOffset asOf)
    {
        var diagnostics = new List<RuleDiagnostic>(texts.Diagnostics);
        var files = texts.Files.ToDictionary(file => file.Key, file => new SourceFile(file.Key, file.Value));
        var lists = ReadLists(files, asOf, diagnostics);
        var rates = files.TryGetValue(Rates, out var ratesFile) ? ExchangeRates.Read(ratesFile, diagnostics) : ExchangeRates.None;
        var policy = files.TryGetValue(Policy, out var policyFile) ? PolicyFile.Read(policyFile, diagnostics) : RulePolicy.Silent;
        var settings = files.TryGetValue(Velocity, out var velocityFile) ? VelocityFile.Read(velocityFile, diagnostics) : VelocitySettings.Default;
        var sca = files.TryGetValue(ScaFile.Name, out var scaFile) ? ScaFile.Read(scaFile, diagnostics) : ScaLimits.None;
        var scope = ScopeOf(settings, lists, texts.UnreadableLists);
        var rules = ReadRules(files, new RuleFileReader(scope, policy, diagnostics));
        CheckAsAWhole(rules, policy, diagnostics);
        if (scaFile is not null) sca = ScaFile.Check(sca, scaFile, [.. rules.Select(rule => rule.Rule)], diagnostics);
        var ruleSet = diagnostics.Any(diagnostic => !diagnostic.IsWarning) ? null
            : new RuleSet(HashOf(texts.Files), texts.Files, [.. rules.Select(rule => rule.Rule)], policy, settings, sca: sca);
        var sorted = diagnostics.OrderBy(diagnostic => diagnostic.File, StringComparer.Ordinal).ThenBy(diagnostic => diagnostic.Line);
        return new RuleSetLoad(ruleSet, [.. sorted], rules, scope, settings, rates, lists.Min(list => list.NextExpiry));
    }

    /// <summary>Reads the texts alone. A list that cannot be read makes what depends on it unknown; any other file is an error.</summary>
    public static RuleFolderTexts Read(string folder)
    {
        var (files, unreadable, diagnostics) = (new SortedDictionary<string, string>(StringComparer.Ordinal), new List<string>(), new List<RuleDiagnostic>());
        if (!Directory.Exists(folder)) diagnostics.Add(new(folder, 0, 0, "There is no such folder."));
        foreach (var (name, path) in FilesOf(folder))
            try
            {
                files.Add(name, Normalise(Strict.GetString(File.ReadAllBytes(path))));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException && name.StartsWith(Lists, StringComparison.Ordinal))
            {
                unreadable.Add(Path.GetFileNameWithoutExtension(name));
                diagnostics.Add(new(name, 0, 0, $"The list cannot be read ({e.Message}); conditions that ask it are unknown.", IsWarning: true));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
            {
                diagnostics.Add(new(name, 0, 0, e is DecoderFallbackException ? "The file is no text in UTF-8." : $"The file cannot be read: {e.Message}"));
            }
        if (files.Count == 0 && diagnostics.Count == 0) diagnostics.Add(new(folder, 0, 0, "The folder holds no rules (*.yaml)."));
        return new RuleFolderTexts(files, unreadable, diagnostics);
    }

    /// <summary>The files of a rules folder by their name within it; others than rules, lists and rates are left alone.</summary>
    public static IEnumerable<(string Name, string Path)> FilesOf(string folder)
    {
        if (!Directory.Exists(folder)) yield break;
        foreach (var path in Directory.EnumerateFiles(folder, "*.yaml")) yield return (Path.GetFileName(path), path);
        if (Path.Combine(folder, Rates) is var rates && File.Exists(rates)) yield return (Rates, rates);
        if (Path.Combine(folder, "lists") is var lists && !Directory.Exists(lists)) yield break;
        foreach (var path in Directory.EnumerateFiles(lists, "*.csv")) yield return (Lists + Path.GetFileName(path), path);
    }

    /// <summary>The same for the same contents on every machine: of names and texts with LF ends, in the order of the names.</summary>
    public static string HashOf(IReadOnlyDictionary<string, string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, text) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n{bytes.Length}\n"));
            hash.AppendData(bytes);
        }
        return $"sha256:{Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }

    /// <exception cref="DecoderFallbackException">It holds what no text does, and PostgreSQL would not store.</exception>
    private static string Normalise(string text) =>
        text.Contains('\0') ? throw new DecoderFallbackException() : text.TrimStart('\uFEFF').ReplaceLineEndings("\n");

    private static List<ListFile> ReadLists(Dictionary<string, SourceFile> files, DateTimeOffset asOf, List<RuleDiagnostic> diagnostics) =>
        [.. from file in files
            where file.Key.StartsWith(Lists, StringComparison.Ordinal)
            let list = ListFile.Read(file.Value, asOf, diagnostics)
            where list is not null
            select list];

    private static LanguageScope ScopeOf(VelocitySettings settings, List<ListFile> lists, IReadOnlyList<string> unreadable) => new(
        PaymentAttributes.All,
        settings.Entities.Select(entity => new VelocityEntity(entity.Name, entity.Partners)),
        [.. lists.Select(list => list.List), .. unreadable.Select(NamedList.Unavailable)],
        settings.NamedVelocities);

    private static List<RuleFile> ReadRules(Dictionary<string, SourceFile> files, RuleFileReader reader) =>
        [.. from file in files.OrderBy(file => file.Key, StringComparer.Ordinal)
            where file.Key.EndsWith(".yaml", StringComparison.Ordinal) && file.Key is not (Policy or Velocity or ScaFile.Name)
            let rule = reader.Read(file.Value)
            where rule is not null
            select rule];

    private static void CheckAsAWhole(List<RuleFile> rules, RulePolicy policy, List<RuleDiagnostic> diagnostics)
    {
        foreach (var twins in rules.GroupBy(rule => rule.Rule.Id).Where(group => group.Count() > 1))
            foreach (var twin in twins.Skip(1))
                diagnostics.Add(twin.Source.At(twin.Id.Start.Line, twin.Id.Start.Column, twin.Rule.Id.Length, $"The id '{twin.Rule.Id}' is taken by {twins.First().Source.Path}."));
        if (rules.Count > RuleSet.RulesMax) diagnostics.Add(new(Policy, 0, 0, $"{rules.Count:N0} rules are more than {RuleSet.RulesMax:N0}."));
        if (rules.Sum(rule => (long)rule.Rule.When.Cost) is var cost && cost > policy.RuleSetCostMax)
            diagnostics.Add(new(Policy, 0, 0, $"All conditions together cost {cost:N0}, over the budget of {policy.RuleSetCostMax:N0}."));
    }
}
