using System.Text.Json;
using PaymentGuard.Claims;
using PaymentGuard.Rules;
using PaymentGuard.Tests.Rules;

namespace PaymentGuard.Tests.Claims;

public sealed class ClaimRulesTests
{
    [Theory]
    [InlineData("cn")]
    [InlineData("eu-target")]
    [InlineData("gb-eng")]
    [InlineData("us-federal")]
    [InlineData("us-frb")]
    public void Load_Calendar_HasTheBusinessDaysOfTheSharedOneDayByDay(string id)
    {
        using var shared = JsonDocument.Parse(File.ReadAllText(Shared.File($"vectors/calendars/{id}.json")));
        var (calendar, facts) = (ShippedClaimRules.Rules.Calendars[id], shared.RootElement);
        HashSet<DateOnly> Days(string key) => [.. facts.GetProperty(key).EnumerateArray().Select(day => DateOnly.Parse(day.GetProperty("date").GetString()!))];
        var (holidays, workdays) = (Days("holidays"), Days("workdays"));
        var weekend = facts.GetProperty("weekend").EnumerateArray().Select(day => Enum.Parse<DayOfWeek>(day.GetString()!)).ToList();
        Assert.Equal((facts.GetProperty("version").GetString(), DateOnly.Parse(facts.GetProperty("from").GetString()!), DateOnly.Parse(facts.GetProperty("to").GetString()!)),
            (calendar.Version, calendar.From, calendar.To));
        for (var day = calendar.From; day <= calendar.To; day = day.AddDays(1))
            Assert.Equal(workdays.Contains(day) || (!holidays.Contains(day) && !weekend.Contains(day.DayOfWeek)), calendar.IsBusinessDay(day));
    }

    [Theory]
    [InlineData("claims/promise.yaml", "first_response_hours: 24", "first_response_hours: 0", "claims/promise.yaml:6:25: error: 'first_response_hours' has to be a whole number from 1")]
    [InlineData("claims/promise.yaml", "feedback_hours: 48", "", "claims/promise.yaml:6:3: error: 'feedback_hours' is missing.")]
    [InlineData("claims/promise.yaml", "promise:\n", "promises:\n", "Unknown key 'promises'; did you mean 'promise'?")]
    [InlineData("claims/promise.yaml", "version: 2026.1", "", "claims/promise.yaml:3:1: error: 'version' is missing.")]
    [InlineData("claims/promise.yaml", "source: [PaymentGuard promise]", "source: []", "'source' has to name at least one source.")]
    [InlineData("claims/psd2.yaml", "[50 EUR]", "[50]", "claims/psd2.yaml:12:10: error: 'EU' has to be an amount above 0 with its currency")]
    [InlineData("claims/psd2.yaml", "[50 EUR]", "[0 EUR]", "'EU' has to be an amount above 0 with its currency")]
    [InlineData("claims/psd2.yaml", "[50 EUR]", "[50.001 EUR]", "'EU' has to be an amount above 0 with its currency")]
    [InlineData("claims/psd2.yaml", "[50 EUR]", "[50 EUR, 60 EUR]", "'EU' has an amount in EUR already.")]
    [InlineData("claims/psd2.yaml", "[50 EUR]", "[]", "'EU' has to hold at least one amount")]
    [InlineData("claims/psd2.yaml", "rule: UK.PSR2017.76", "rule: EU.PSD2.73.1", "There is a clock for EU.PSD2.73.1 already.")]
    [InlineData("claims/psd2.yaml", "from: filed, business_days: 1 }\n  - { rule: UK", "from: posted, business_days: 1 }\n  - { rule: UK", "Unknown from 'posted'")]
    [InlineData("claims/psd2.yaml", "from: filed, business_days: 1 }\n  - { rule: UK", "from: filed }\n  - { rule: UK", "'business_days' is missing.")]
    [InlineData("claims/visa.yaml", "evidence:", "proof:", "'evidence' is missing.")]
    [InlineData("claims/uk.yaml", "not_for_vulnerable: [standard-of-caution]", "", "'not_for_vulnerable' is missing.")]
    [InlineData("claims/uk.yaml", "stop_business_days: 35", "stop_business_days: 4", "'stop_business_days' has to be at least 'refund_business_days', 5.")]
    [InlineData("claims/uk.yaml", "[100 GBP]", "[100 EUR]", "'excess_max' has to be in the currencies of 'reimbursement_max'.")]
    [InlineData("claims/us-reg-e.yaml", "[500 USD]", "[49 USD]", "'second_tier_max' has to be at least 'first_tier_max'.")]
    [InlineData("claims/us-reg-e.yaml", "[500 USD]", "[500 USD, 500 MXN]", "'second_tier_max' has to be in the currencies of 'first_tier_max'.")]
    [InlineData("claims/visa.yaml", "age_days_max: 365", "age_days_max: 119", "'age_days_max' has to be at least 'age_days_min', 120.")]
    [InlineData("claims/in-rbi.yaml", "rbi:", "rbi: [", "claims/in-rbi.yaml")]
    [InlineData("calendars/cn.yaml", "id: cn", "id: china", "calendars/cn.yaml:3:5: error: The id is the file's name: 'cn'.")]
    [InlineData("calendars/cn.yaml", "to: 2026-12-31", "to: 2024-12-31", "'to' is before 'from'.")]
    [InlineData("calendars/cn.yaml", "to: 2026-12-31", "to: 2026-13-01", "'to' has to be a day, such as 2026-12-31.")]
    [InlineData("calendars/cn.yaml", "weekend: [saturday, sunday]", "weekend: [saturday, sundy]", "Unknown day 'sundy'; did you mean 'sunday'?")]
    [InlineData("calendars/cn.yaml", "weekend: [saturday, sunday]", "", "'weekend' is missing.")]
    [InlineData("calendars/cn.yaml", "{ on: 2026-05-09, name: 劳动节 }", "{ on: 2026-05-08, name: 劳动节 }", "2026-05-08 is a Friday, a business day anyway.")]
    [InlineData("calendars/cn.yaml", "{ on: 2026-05-09, name: 劳动节 }", "{ on: 2026-05-03, name: 劳动节 }", "2026-05-03 is closed as well.")]
    [InlineData("calendars/cn.yaml", "{ on: 2026-05-09, name: 劳动节 }", "{ on: 2027-05-09, name: 劳动节 }", "The calendar covers 2025-01-01 to 2026-12-31 only.")]
    [InlineData("calendars/cn.yaml", "{ on: 2026-05-09, name: 劳动节 }", "{ on: 2026-02-28, name: 劳动节 }", "2026-02-28 is there twice.")]
    [InlineData("calendars/cn.yaml", "{ on: 2026-05-09, name: 劳动节 }", "{ on: 2026-05-09 }", "'name' is missing.")]
    [InlineData("calendars/cn.yaml", "{ on: 2026-05-09, name: 劳动节 }", "{ on: 2026-05-09, to: 2026-05-10, name: 劳动节 }", "'on' is one day")]
    public void Load_FileWithOneFault_IsRefusedWithItsPlace(string file, string good, string bad, string message)
    {
        using var folder = ShippedClaimRules.With(file, good, bad);
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => ClaimRules.Load(folder.Path)).Message);
        // The check of the whole folder finds it too, beside whatever else there is.
        folder.Write("observe.yaml", RuleTexts.Rule("observe", "observe", "amount > 1 EUR"));
        var report = RuleCheck.Run(folder.Path, RuleTexts.Now);
        Assert.False(report.Passed);
        Assert.Contains(report.Diagnostics, diagnostic => diagnostic.ToString().Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_FileThatIsMissingOrUnknownOrNoText_IsRefused()
    {
        using var folder = ShippedClaimRules.Copy();
        File.Move(Path.Combine(folder.Path, "claims/visa.yaml"), Path.Combine(folder.Path, "claims/vias.yaml"));
        File.WriteAllBytes(Path.Combine(folder.Path, "calendars/cn.yaml"), [0xC3, 0x28]);
        var message = Assert.Throws<InvalidDataException>(() => ClaimRules.Load(folder.Path)).Message;
        Assert.Contains("claims/vias.yaml: error: Unknown file 'vias.yaml'; did you mean 'visa.yaml'?", message);
        Assert.Contains("claims/visa.yaml: error: There is no such file.", message);
        Assert.Contains("calendars/cn.yaml: error: The file is no text in UTF-8.", message);
    }

    [Fact]
    public void Check_FolderOfPaymentRulesAlone_NeedsNeither()
    {
        using var folder = new TemporaryFolder();
        folder.Write("observe.yaml", RuleTexts.Rule("observe", "observe", "amount > 1 EUR"));
        Assert.True(RuleCheck.Run(folder.Path, RuleTexts.Now).Passed);
        Assert.Contains("claims: error: There is no such folder", Assert.Throws<InvalidDataException>(() => ClaimRules.Load(folder.Path)).Message);
    }

    [Fact]
    public void Load_NewFolders_AreNoPartOfTheRuleSet()
    {
        Assert.DoesNotContain(RuleFiles.FilesOf(ShippedClaimRules.Folder), file => file.Name.StartsWith("claims", StringComparison.Ordinal) || file.Name.StartsWith("calendars", StringComparison.Ordinal));
        Assert.Empty(ClaimRules.Check(ShippedClaimRules.Folder));
    }
}
