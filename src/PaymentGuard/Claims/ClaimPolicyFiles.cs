using System.Collections.Immutable;
using System.Globalization;
using PaymentGuard.Domain.Claims;
using PaymentGuard.Rules;
using YamlDotNet.RepresentationModel;

namespace PaymentGuard.Claims;

/// <summary>Reads <c>claims/*.yaml</c>, the numbers of the claim rules: one file a law, network or promise, under a fixed name.</summary>
internal sealed class ClaimPolicyFiles
{
    public const string Folder = "claims";

    private const int DaysMax = 3_660, BusinessDaysMax = 1_000, HoursMax = 8_784, MonthsMax = 120;

    /// <summary>What each file holds beside <c>version</c>, <c>source</c> and <c>refund_clocks</c>.</summary>
    private static readonly Dictionary<string, string[]> Sections = new(StringComparer.Ordinal)
    {
        ["cn.yaml"] = [], ["in-rbi.yaml"] = ["rbi"], ["promise.yaml"] = ["promise"], ["psd2.yaml"] = ["psd2"], ["uk.yaml"] = ["app", "complaints"],
        ["us-reg-e.yaml"] = ["liability", "error"], ["visa.yaml"] = ["visa"],
    };

    private readonly Dictionary<string, YamlFields> files = [];
    private readonly ImmutableDictionary<string, RefundClock?>.Builder clocks = ImmutableDictionary.CreateBuilder<string, RefundClock?>();

    private ClaimPolicyFiles(string folder, List<RuleDiagnostic> diagnostics)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            if (!Sections.TryGetValue(name, out var sections)) diagnostics.Add(new($"{Folder}/{name}", 0, 0, YamlFields.UnknownName("file", name, Sections.Keys)));
            else if (SourceFile.Read($"{Folder}/{name}", path, diagnostics) is { } file && YamlFields.RootOf(file, diagnostics) is { } root)
                Add(name, new YamlFields(file, root, diagnostics, ["version", "source", "refund_clocks", .. sections]));
        }
        foreach (var name in Sections.Keys)
            if (!File.Exists(Path.Combine(folder, name))) diagnostics.Add(new($"{Folder}/{name}", 0, 0, "There is no such file."));
    }

    /// <summary>Complete when nothing is added to the diagnostics.</summary>
    public static ClaimPolicies Read(string rulesFolder, List<RuleDiagnostic> diagnostics)
    {
        var folder = Path.Combine(rulesFolder, Folder);
        if (Directory.Exists(folder)) return new ClaimPolicyFiles(folder, diagnostics).All();
        diagnostics.Add(new(Folder, 0, 0, $"There is no such folder in the rules folder '{rulesFolder}'."));
        return null!;
    }

    private ClaimPolicies All() => new(Promise(), Psd2(), UkApp(), Complaints(), RegE(), Rbi(), Visa(), clocks.ToImmutable());

    private void Add(string name, YamlFields file)
    {
        files.Add(name, file);
        file.Text("version", required: true);
        if (file.Items("source").Count == 0) file.Error("source", "'source' has to name at least one source.");
        foreach (var clock in file.Mappings("refund_clocks", ["rule", "from", "business_days"]))
        {
            var rule = clock.Text("rule", required: true);
            var hasDay = clock.Has("from") || clock.Has("business_days");
            var (from, days) = (clock.Word<RefundTrigger>("from", required: hasDay), BusinessDays(clock, "business_days", required: hasDay));
            if (rule is not null && !clocks.TryAdd(rule, hasDay ? new RefundClock(from ?? default, days) : null)) clock.Error("rule", $"There is a clock for {rule} already.");
        }
    }

    /// <summary>Null, with a diagnostic, when it is missing. Nothing more is said where the file as a whole cannot be read.</summary>
    private YamlFields? Section(string file, string key, params string[] known)
    {
        if (!files.TryGetValue(file, out var fields)) return null;
        if (!fields.Has(key)) fields.Error(key, $"'{key}' is missing.");
        return fields.Mapping(key, known);
    }

    private Promise Promise() => Section("promise.yaml", "promise", "first_response_hours", "feedback_hours", "refund_business_days") is { } one
        ? new(Number(one, "first_response_hours", HoursMax), Number(one, "feedback_hours", HoursMax), BusinessDays(one, "refund_business_days")) : null!;

    private Psd2Policy Psd2() => Section("psd2.yaml", "psd2", "refund_business_days", "notify_months", "payer_max") is { } one
        ? new(BusinessDays(one, "refund_business_days"), Number(one, "notify_months", MonthsMax), Limits(one, "payer_max")) : null!;

    private UkAppPolicy UkApp() => Section("uk.yaml", "app", "reimbursement_max", "excess_max", "report_months", "refund_business_days", "stop_business_days",
        "not_for_vulnerable") is { } one
        ? new(Limit(one, "reimbursement_max"), Limit(one, "excess_max", likewise: "reimbursement_max"), Number(one, "report_months", MonthsMax), BusinessDays(one, "refund_business_days"),
            BusinessDays(one, "stop_business_days", atLeast: "refund_business_days"), Words(one, "not_for_vulnerable"))
        : null!;

    private ComplaintPolicy Complaints() => Section("uk.yaml", "complaints", "reply_business_days", "exceptional_business_days", "other_weeks") is { } one
        ? new(BusinessDays(one, "reply_business_days"), BusinessDays(one, "exceptional_business_days", atLeast: "reply_business_days"), Number(one, "other_weeks", DaysMax / 7))
        : null!;

    private RegEPolicy RegE() => Section("us-reg-e.yaml", "liability", "first_tier_max", "second_tier_max", "notice_business_days", "statement_days") is { } one
        ? new(Limit(one, "first_tier_max"), Limit(one, "second_tier_max", likewise: "first_tier_max", isAtLeast: true), BusinessDays(one, "notice_business_days"),
            Number(one, "statement_days", DaysMax), RegEClock())
        : null!;

    private RegEClockPolicy RegEClock() => Section("us-reg-e.yaml", "error", "decide_business_days", "decide_business_days_new_account", "new_account_days", "final_days",
        "final_days_long", "long_kinds", "confirmation_business_days", "credit_notice_business_days", "correction_business_days", "report_business_days") is { } one
        ? new(BusinessDays(one, "decide_business_days"), BusinessDays(one, "decide_business_days_new_account"), Number(one, "new_account_days", DaysMax),
            Number(one, "final_days", DaysMax), Number(one, "final_days_long", DaysMax), BusinessDays(one, "confirmation_business_days"),
            BusinessDays(one, "credit_notice_business_days"), BusinessDays(one, "correction_business_days"), BusinessDays(one, "report_business_days"),
            Words(one, "long_kinds"))
        : null!;

    private RbiPolicy Rbi() => Section("in-rbi.yaml", "rbi", "zero_working_days", "limited_working_days", "credit_working_days", "limits") is { } one
        ? new(BusinessDays(one, "zero_working_days"), BusinessDays(one, "limited_working_days", atLeast: "zero_working_days"), BusinessDays(one, "credit_working_days"),
            Limits(one, "limits"))
        : null!;

    private VisaPolicy Visa() => Section("visa.yaml", "visa", "refund_business_days", "dispute_days", "issuer_ecis", "evidence") is { } one
        ? new(BusinessDays(one, "refund_business_days"), Number(one, "dispute_days", DaysMax), Words(one, "issuer_ecis"), Evidence(one)) : null!;

    private static CompellingEvidence Evidence(YamlFields visa)
    {
        if (!visa.Has("evidence")) visa.Error("evidence", "'evidence' is missing.");
        return visa.Mapping("evidence", ["payments_min", "age_days_min", "age_days_max", "matches_min"]) is { } one
            ? new(Number(one, "payments_min", 100), Number(one, "age_days_min", DaysMax), Number(one, "age_days_max", DaysMax, atLeast: "age_days_min"),
                Number(one, "matches_min", 4))
            : null!;
    }

    /// <param name="atLeast">The key of a number that this one is never below.</param>
    private static int Number(YamlFields fields, string key, int max, bool required = true, string? atLeast = null)
    {
        var number = fields.Number(key, 1, max, required) ?? 0;
        if (number > 0 && atLeast is not null && int.TryParse(fields.Text(atLeast), CultureInfo.InvariantCulture, out var other) && number < other)
            fields.Error(key, $"'{key}' has to be at least '{atLeast}', {other}.");
        return number;
    }

    private static int BusinessDays(YamlFields fields, string key, bool required = true, string? atLeast = null) => Number(fields, key, BusinessDaysMax, required, atLeast);

    private static LimitByCurrency Limit(YamlFields fields, string key) => new(fields.Amounts(key).ToImmutableDictionary(one => one.Currency, one => one.Minor));

    /// <param name="likewise">The key of amounts in the same currencies, which are read beside this one.</param>
    /// <param name="isAtLeast">Whether each amount is never below that other.</param>
    private static LimitByCurrency Limit(YamlFields fields, string key, string likewise, bool isAtLeast = false)
    {
        var (limit, other) = (Limit(fields, key), fields.Amounts(likewise));
        if (limit.Minor.Count != other.Count || other.Any(one => !limit.Minor.ContainsKey(one.Currency))) fields.Error(key, $"'{key}' has to be in the currencies of '{likewise}'.");
        else if (isAtLeast && other.Any(one => limit.Minor[one.Currency] < one.Minor)) fields.Error(key, $"'{key}' has to be at least '{likewise}'.");
        return limit;
    }

    /// <summary>Amounts by a name that the file's author chose, such as a jurisdiction or a class of account.</summary>
    private static ImmutableDictionary<string, LimitByCurrency> Limits(YamlFields fields, string key)
    {
        if (!fields.Has(key)) fields.Error(key, $"'{key}' is missing.");
        return fields.Mapping(key, known: null) is not { } inner ? ImmutableDictionary<string, LimitByCurrency>.Empty
            : inner.Entries.ToImmutableDictionary(entry => entry.Key.Value!, entry => Limit(inner, entry.Key.Value!));
    }

    private static ImmutableHashSet<string> Words(YamlFields fields, string key)
    {
        if (!fields.Has(key)) fields.Error(key, $"'{key}' is missing.");
        foreach (var item in fields.Items(key))
            if (item is not YamlScalarNode { Value.Length: > 0 }) fields.Error(item, $"'{key}' has to hold words.");
        return [.. fields.Items(key).Select(item => (item as YamlScalarNode)?.Value ?? "")];
    }
}
