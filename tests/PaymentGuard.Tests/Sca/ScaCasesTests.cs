using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.Cli;
using PaymentGuard.Domain.Sca;
using PaymentGuard.Sca;
using PaymentGuard.Tests.Rules;

namespace PaymentGuard.Tests.Sca;

public sealed class ScaCasesTests
{
    private const string LowValue = """{"region":"EU","currency":"EUR","counter":"amount","amountMinor":3000,"previous":[]}""";
    private const string Tra = """{"instrument":"card","currency":"EUR","amountMinor":1000,"fraudValueMinor":0,"totalValueMinor":1,"findings":[]}""";

    private const string FraudRate =
        """{"quarter":"2026-Q1","zone":"Europe/Berlin","instrument":"card","currency":"EUR","items":[{"at":"2026-01-10T12:00:00+01:00","valueMinor":5,"instrument":"card","channel":"remote","authentication":"sca","unauthorisedOrFraudulent":false,"recovered":false}]}""";

    private static readonly ScaLimits Shipped = LoadShipped();

    [Fact]
    public void Evaluate_SharedCases_AreAnsweredAsExpected()
    {
        var file = Shared.File("vectors/sca.json");
        using var folder = WithLimits(ShippedLimits());
        var output = new StringWriter();
        Assert.Equal(0, ScaCommands.Evaluate(new FileInfo(file), folder.Path, output));
        var answers = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var cases = JsonNode.Parse(File.ReadAllText(file))!.AsArray();
        Assert.Equal(cases.Count, answers.Length);
        Assert.All(cases.Zip(answers), pair =>
        {
            var expected = pair.First!["expect"]!.DeepClone().AsObject();
            expected["id"] = (string?)pair.First["id"];
            Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(pair.Second)), $"{pair.Second}, expected {expected.ToJsonString()}");
        });
    }

    [Theory]
    // The UK's amounts are in pounds; only previous payments count; the payment's own amount is looked at first.
    [InlineData("low-value", """{"region":"UK","currency":"GBP","counter":"amount","amountMinor":2500,"previous":[{"amountMinor":8501,"remote":true,"executed":true}]}""",
        """{"exempt":false,"limitedBy":"cumulative-amount","previousCount":1,"previousSumMinor":8501}""")]
    [InlineData("low-value", """{"region":"EU","currency":"EUR","counter":"amount","amountMinor":3001,"previous":[{"amountMinor":10001,"remote":true,"executed":true}]}""",
        """{"exempt":false,"limitedBy":"amount","previousCount":1,"previousSumMinor":10001}""")]
    [InlineData("low-value-series", """{"region":"EU","currency":"EUR","counter":"count","payments":[]}""", """{"decisions":[],"countAfter":0,"sumAfterMinor":0}""")]
    [InlineData("tra", """{"instrument":"card","currency":"GBP","amountMinor":8501,"fraudValueMinor":13,"totalValueMinor":10000,"findings":["malware-in-session"]}""",
        """{"exempt":false,"limitedBy":"amount","highestThresholdMinor":8500}""")]
    [InlineData("tra", """{"instrument":"card","currency":"EUR","amountMinor":1,"fraudValueMinor":9223372036854775807,"totalValueMinor":9223372036854775807,"findings":["malware-in-session"]}""",
        """{"exempt":false,"limitedBy":"fraud-rate","highestThresholdMinor":0}""")]
    [InlineData("tra-quarters", """{"instrument":"card","currency":"EUR","history":[]}""", """{"byThresholdMinor":{"10000":"not-started","25000":"not-started","50000":"not-started"}}""")]
    [InlineData("lockout", """{"maxConsecutiveFailures":1,"attempts":[{"factor":"passkey","challengeId":"c","code":"replayed"},{"factor":"sms","challengeId":"d","code":"right"}]}""",
        """{"results":["refused","locked"],"lockedAfterAttempt":1}""")]
    [InlineData("trusted-beneficiary", """{"action":"pay","payeeOnList":true,"listKeptWith":"account-provider","listMadeWithSca":false}""", """{"scaRequired":true,"exemption":null}""")]
    [InlineData("recurring",
        """{"series":{"amountMinor":1,"currency":"EUR","payeeId":"m","startedWithSca":true},"payment":{"action":"pay","firstOfSeries":false,"amountMinor":1,"currency":"SEK","payeeId":"m"}}""",
        """{"scaRequired":true,"exemption":null}""")]
    [InlineData("recurring",
        """{"series":{"amountMinor":1,"currency":"KWD","payeeId":"m","startedWithSca":false},"payment":{"action":"pay","firstOfSeries":false,"amountMinor":1,"currency":"KWD","payeeId":"m"}}""",
        """{"scaRequired":true,"exemption":null}""")]
    [InlineData("dynamic-linking", """{"authenticated":{"amountMinor":1,"currency":"EUR","payeeId":"m"},"executed":{"amountMinor":2,"currency":"JPY","payeeId":"M"}}""",
        """{"codeAccepted":false,"changed":["amountMinor","currency","payeeId"]}""")]
    public void Evaluate_OneCase_IsAnsweredByTheRule(string kind, string input, string answer)
    {
        var expected = JsonNode.Parse(answer)!.AsObject();
        expected.Insert(0, "id", "a");
        Assert.Equal(expected.ToJsonString(), Evaluate(kind, input).ToJsonString());
    }

    [Theory]
    [InlineData("low-value", LowValue, "\"amountMinor\":3000", "\"amountMinor\":-1", "/input/amountMinor has to be a whole number")]
    [InlineData("low-value", LowValue, "\"amountMinor\":3000", "\"amountMinor\":30.5", "/input/amountMinor has to be a whole number")]
    [InlineData("low-value", LowValue, "\"amountMinor\":3000", "\"amountMinor\":\"3000\"", "/input/amountMinor has to be a whole number")]
    [InlineData("low-value", LowValue, "\"amountMinor\":3000", "\"amountMinor\":9223372036854775808", "/input/amountMinor has to be a whole number")]
    [InlineData("low-value", LowValue, "\"amountMinor\":3000,", "", "/input/amountMinor is missing")]
    [InlineData("low-value", LowValue, "\"previous\":[]", "\"previous\":null", "/input/previous has to be a list")]
    [InlineData("low-value", LowValue, "\"previous\":[]", "\"previous\":[7]", "/input/previous/0 has to be an object")]
    [InlineData("low-value", LowValue, "\"previous\":[]", "\"previous\":[],\"previous\":[]", "/input/previous is there twice")]
    [InlineData("low-value", LowValue, "\"previous\":[]", "\"previous\":[],\"colour\":1", "/input/colour: there is no such field")]
    [InlineData("low-value", LowValue, "\"counter\":\"amount\"", "\"counter\":\"Amount\"", "/input/counter has to be one of: amount, count")]
    [InlineData("low-value", LowValue, "\"counter\":\"amount\"", "\"counter\":\"1\"", "/input/counter has to be one of: amount, count")]
    [InlineData("low-value", LowValue, "\"currency\":\"EUR\"", "\"currency\":\"eur\"", "/input/currency has to be a currency")]
    [InlineData("low-value", LowValue, "\"currency\":\"EUR\"", "\"currency\":\"GBP\"", "/input/region and currency: sca.yaml has no limits")]
    [InlineData("low-value", LowValue, "\"region\":\"EU\"", "\"region\":\"\\ud800\"", "/input/region has to be a text")]
    [InlineData("low-value", LowValue, "\"region\":\"EU\"", "\"\\ud800\":\"EU\"", "there is no such field")]
    [InlineData("low-value", LowValue, "[]", """[{"amountMinor":9223372036854775807,"remote":true,"executed":true},{"amountMinor":1,"remote":true,"executed":true}]""", "a sum is larger")]
    [InlineData("low-value", LowValue, "[]", """[{"amountMinor":1,"remote":"true","executed":true}]""", "/input/previous/0/remote has to be true or false")]
    [InlineData("tra", Tra, "[]", "[\"bad-weather\"]", "/input/findings has to hold only")]
    [InlineData("tra", Tra, "[]", "[null]", "/input/findings has to hold only")]
    [InlineData("tra", Tra, "\"card\"", "\"cash\"", "/input/instrument has to be one of: card, credit-transfer")]
    [InlineData("tra", Tra, "\"EUR\"", "\"JPY\"", "sca.yaml has no bands")]
    [InlineData("fraud-rate", FraudRate, "Europe/Berlin", "Europe/Nowhere", "/input/zone has to be a time zone")]
    [InlineData("fraud-rate", FraudRate, "Europe/Berlin", "../../../etc/passwd", "/input/zone has to be a time zone")]
    [InlineData("fraud-rate", FraudRate, "Europe/Berlin", "/etc/localtime", "/input/zone has to be a time zone")]
    [InlineData("fraud-rate", FraudRate, "2026-Q1", "2026-Q5", "/input/quarter has to be a quarter")]
    [InlineData("fraud-rate", FraudRate, "2026-Q1", "0000-Q1", "/input/quarter has to be a quarter")]
    [InlineData("fraud-rate", FraudRate, "2026-01-10T12:00:00+01:00", "2026-01-10T12:00:00", "/input/items/0/at has to be an instant")]
    [InlineData("fraud-rate", FraudRate, "2026-01-10T12:00:00+01:00", "2026-02-30T12:00:00+01:00", "/input/items/0/at has to be an instant")]
    [InlineData("fraud-rate", FraudRate, "\"authentication\":\"sca\"", "\"authentication\":\"none\"", "/input/items/0/authentication has to be one of")]
    [InlineData("fraud-rate", FraudRate, "\"recovered\":false", "\"recovered\":0", "/input/items/0/recovered has to be true or false")]
    [InlineData("tra-quarters", """{"instrument":"card","currency":"EUR","history":[{"quarter":"2026-Q1","fraudValueMinor":0,"totalValueMinor":1},{"quarter":"2026-Q2","fraudValueMinor":0,"totalValueMinor":1}]}""",
        "Q2", "Q1", "/input/history has a quarter twice")]
    [InlineData("lockout", """{"maxConsecutiveFailures":5,"attempts":[]}""", ":5", ":0", "/input/maxConsecutiveFailures has to be a whole number from 1")]
    [InlineData("low-value", LowValue, LowValue, "[]", "/input has to be an object")]
    [InlineData("claim-sla", "{}", "{}", "{}", "/kind has to be one of")]
    public void Evaluate_CaseWithOneFault_IsAnErrorThatNamesThePlace(string kind, string input, string good, string bad, string message)
    {
        if (kind != "claim-sla") Assert.False(Evaluate(kind, input).ContainsKey("error"));
        var answer = Evaluate(kind, input.Replace(good, bad, StringComparison.Ordinal));
        Assert.Equal(["id", "error"], answer.Select(field => field.Key));
        Assert.Equal("a", (string?)answer["id"]);
        Assert.Contains(message, (string?)answer["error"]);
    }

    [Theory]
    [InlineData("7", "A case has to be an object.")]
    [InlineData("{}", "/id is missing.")]
    [InlineData("""{"id":7,"kind":"tra"}""", "/id has to be a text.")]
    [InlineData("""{"id":"\ud800","kind":"tra"}""", "/id has to be a text.")]
    public void Evaluate_CaseWithoutAnId_IsAnErrorWithoutOne(string test, string message) =>
        Assert.Equal(new JsonObject { ["id"] = null, ["error"] = message }.ToJsonString(), ScaCases.Evaluate(JsonElement.Parse(test), Shipped).ToJsonString());

    [Fact]
    public void Evaluate_AnyHostileString_IsAnErrorAndNoCrash()
    {
        foreach (var text in JsonSerializer.Deserialize<string[]>(File.ReadAllText(Shared.File("vectors/json/naughty-strings.json")))!)
            foreach (var name in new[] { "quarter", "zone", "instrument", "currency", "items" })
            {
                var input = JsonNode.Parse(FraudRate)!.AsObject();
                input[name] = text;
                Assert.True(Evaluate("fraud-rate", input.ToJsonString()).ContainsKey("error"), $"{name}: {text}");
            }
    }

    [Fact]
    public void Evaluate_BatchWithOneUnreadableCase_AnswersTheOthersAndEndsWith1()
    {
        using var folder = WithLimits(ShippedLimits());
        folder.Write("cases.json", $$$"""[{"id":"a","kind":"tra","input":{{{Tra}}},"expect":7},{"id":"b","kind":"tra","input":{}},{"id":"c","kind":"low-value","input":{{{LowValue}}}}]""");
        var output = new StringWriter();
        Assert.Equal(1, ScaCommands.Evaluate(new FileInfo(Path.Combine(folder.Path, "cases.json")), folder.Path, output));
        Assert.Equal(
            """
            {"id":"a","exempt":true,"limitedBy":null,"highestThresholdMinor":50000}
            {"id":"b","error":"/input/instrument is missing."}
            {"id":"c","exempt":true,"limitedBy":null,"previousCount":0,"previousSumMinor":0}

            """, output.ToString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[")]
    public void Evaluate_NoJsonArray_IsRefused(string text)
    {
        using var folder = WithLimits(ShippedLimits());
        folder.Write("cases.json", text);
        var failure = Record.Exception(() => ScaCommands.Evaluate(new FileInfo(Path.Combine(folder.Path, "cases.json")), folder.Path, TextWriter.Null));
        Assert.True(failure is InvalidDataException or JsonException, failure?.ToString());
    }

    [Fact]
    public void Evaluate_WithAnotherThreshold_AnswersOtherwise()
    {
        using var folder = WithLimits(ShippedLimits().Replace("amount_max: 30 EUR", "amount_max: 29.99 EUR").Replace("500 EUR, fraud_rate_max: 0.01%", "600 EUR, fraud_rate_max: 0.01%"));
        var limits = ScaFile.Load(folder.Path);
        Assert.Equal("amount", (string?)ScaCases.Evaluate(Case("low-value", LowValue), limits)["limitedBy"]);
        Assert.Equal(60_000, (long?)ScaCases.Evaluate(Case("tra", Tra), limits)["highestThresholdMinor"]);
    }

    internal static string ShippedLimits()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "rules", ScaFile.Name) is var path && File.Exists(path)) return File.ReadAllText(path);
        throw new FileNotFoundException("rules/sca.yaml");
    }

    internal static TemporaryFolder WithLimits(string text)
    {
        var folder = new TemporaryFolder();
        folder.Write(ScaFile.Name, text);
        return folder;
    }

    private static ScaLimits LoadShipped()
    {
        using var folder = WithLimits(ShippedLimits());
        return ScaFile.Load(folder.Path);
    }

    private static JsonObject Evaluate(string kind, string input) => ScaCases.Evaluate(Case(kind, input), Shipped);

    private static JsonElement Case(string kind, string input) => JsonElement.Parse($$$"""{"id":"a","kind":"{{{kind}}}","input":{{{input}}}}""");
}
