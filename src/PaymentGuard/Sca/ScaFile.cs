using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Sca;
using PaymentGuard.Rules;
using YamlDotNet.RepresentationModel;

namespace PaymentGuard.Sca;

/// <summary>Reads <c>sca.yaml</c>: the limits of low value, the bands of transaction risk analysis and which rules make its findings.</summary>
internal static class ScaFile
{
    public const string Name = "sca.yaml";

    private static readonly string[] LowValueKeys = ["region", "amount_max", "cumulative_max", "count_max"];
    private static readonly string[] BandKeys = ["instrument", "amount_max", "fraud_rate_max"];

    /// <exception cref="InvalidDataException">It is not there or has errors; the message lists all of them, each with its place.</exception>
    public static ScaLimits Load(string folder)
    {
        var path = Path.Combine(folder, Name);
        if (!File.Exists(path)) throw new InvalidDataException($"There is no {Name} in the rules folder '{folder}'.");
        var diagnostics = new List<RuleDiagnostic>();
        var limits = SourceFile.Read(Name, path, diagnostics) is { } file ? Read(file, diagnostics) : ScaLimits.None;
        return diagnostics.Count == 0 ? limits : throw new InvalidDataException(string.Join('\n', diagnostics));
    }

    /// <summary>What can be read; complete when nothing is added to the diagnostics.</summary>
    public static ScaLimits Read(SourceFile file, List<RuleDiagnostic> diagnostics)
    {
        if (YamlFields.RootOf(file, diagnostics) is not { } root) return new ScaLimits([], []);
        var fields = new YamlFields(file, root, diagnostics, ["counter", "low_value", "tra", "findings"]);
        foreach (var key in new[] { "low_value", "tra" })
            if (!fields.Has(key)) fields.Error(key, $"'{key}' is missing.");
        return new ScaLimits(LowValue(fields), Tra(fields), fields.Word<LowValueCounter>("counter") ?? LowValueCounter.Count, Findings(fields));
    }

    /// <summary>
    /// Whether the rules that the findings name are there; one that is not evaluated (draft, paused) finds nothing, so that no risk is known to be low.
    /// </summary>
    public static ScaLimits Check(ScaLimits limits, SourceFile file, IReadOnlyList<Rule> rules, List<RuleDiagnostic> diagnostics)
    {
        var isComplete = true;
        foreach (var id in limits.Findings?.Values.SelectMany(ids => ids).Distinct() ?? [])
        {
            var rule = rules.FirstOrDefault(rule => rule.Id == id);
            if (rule?.IsEvaluated == true) continue;
            isComplete = false;
            var place = file.Locate(PlaceOf(file.Text, id));
            diagnostics.Add(rule is null
                ? file.At(place.Line, place.Column, id.Length, YamlFields.UnknownName("rule", id, rules.Select(known => known.Id)))
                : file.At(place.Line, place.Column, id.Length, $"The rule '{id}' is not evaluated (mode {rule.Mode.ToString().ToLowerInvariant()}): no payment is exempt for a low risk.", isWarning: true));
        }
        return isComplete ? limits : limits with { Findings = null };
    }

    /// <summary>Where the id stands as a word among the findings.</summary>
    private static int PlaceOf(string text, string id)
    {
        var found = Regex.Match(text[Math.Max(0, text.IndexOf("findings:", StringComparison.Ordinal))..], $@"(?<![\w-]){Regex.Escape(id)}(?![\w-])");
        return found.Success ? Math.Max(0, text.IndexOf("findings:", StringComparison.Ordinal)) + found.Index : 0;
    }

    private static ImmutableDictionary<RiskFinding, ImmutableArray<string>>? Findings(YamlFields fields)
    {
        var words = Enum.GetValues<RiskFinding>().ToDictionary(finding => YamlFields.YamlWord(finding.ToString()));
        if (fields.Mapping("findings", [.. words.Keys]) is not { } inner) return null;
        var all = ImmutableDictionary.CreateBuilder<RiskFinding, ImmutableArray<string>>();
        foreach (var (word, finding) in words)
        {
            var rules = inner.Items(word).Select(item => (item as YamlScalarNode)?.Value ?? "").ToImmutableArray();
            if (rules.IsEmpty || rules.Contains("")) inner.Error(word, $"'{word}' has to name at least one rule: without one nobody looks for it.");
            else all.Add(finding, rules);
        }
        return all.ToImmutable();
    }

    private static ImmutableArray<LowValueLimits> LowValue(YamlFields fields)
    {
        var all = new List<LowValueLimits>();
        foreach (var item in fields.Mappings("low_value", LowValueKeys))
        {
            var (region, amount, cumulative) = (item.Text("region", required: true), item.Amount("amount_max"), item.Amount("cumulative_max"));
            var count = item.Number("count_max", 0, int.MaxValue, required: true);
            if (region is null || amount is null || cumulative is null || count is null) continue;
            if (cumulative.Value.Currency != amount.Value.Currency) item.Error("cumulative_max", $"Both amounts are in one currency; 'amount_max' is in {amount.Value.Currency}.");
            else if (all.Any(one => one.Region == region && one.Currency == amount.Value.Currency)) item.Error("region", $"There are limits for {region} in {amount.Value.Currency} already.");
            else all.Add(new LowValueLimits(region, amount.Value.Currency, amount.Value.Minor, cumulative.Value.Minor, count.Value));
        }
        return [.. all];
    }

    private static ImmutableArray<TraBands> Tra(YamlFields fields)
    {
        var all = new Dictionary<(PaymentInstrument, string), List<TraBand>>();
        foreach (var item in fields.Mappings("tra", BandKeys))
        {
            var (instrument, amount, rate) = (item.Word<PaymentInstrument>("instrument", required: true), item.Amount("amount_max"), Rate(item));
            if (instrument is null || amount is null || rate is null) continue;
            if (!all.TryGetValue((instrument.Value, amount.Value.Currency), out var bands)) all[(instrument.Value, amount.Value.Currency)] = bands = [];
            Add(item, bands, new TraBand(amount.Value.Minor, rate.Value));
        }
        return [.. all.Select(one => new TraBands(one.Key.Item1, one.Key.Item2, [.. one.Value]))];
    }

    private static void Add(YamlFields item, List<TraBand> bands, TraBand band)
    {
        if (bands.Count > 0 && band.ThresholdMinor <= bands[^1].ThresholdMinor)
            item.Error("amount_max", "Bands of one instrument and currency stand in ascending order, each with a larger amount than the one before.");
        else if (bands.Count > 0 && band.Reference.HundredMillionths > bands[^1].Reference.HundredMillionths)
            item.Error("fraud_rate_max", "A larger amount cannot have a larger fraud rate than the amount before.");
        else bands.Add(band);
    }

    /// <summary>Exact, therefore no double: <c>0.13%</c> is 130,000 hundred-millionths.</summary>
    private static ReferenceRate? Rate(YamlFields item)
    {
        if (item.Scalar("fraud_rate_max", required: true) is not { } scalar) return null;
        if (scalar.Value!.EndsWith('%')
            && decimal.TryParse(scalar.Value.AsSpan(0, scalar.Value.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            && percent is >= 0 and <= 100 && percent * (ReferenceRate.Whole / 100) is var share && share == decimal.Truncate(share)) return new ReferenceRate((int)share);
        item.Error(scalar, "'fraud_rate_max' has to be a percentage from 0% to 100% with up to six decimals, such as 0.13%.");
        return null;
    }
}
