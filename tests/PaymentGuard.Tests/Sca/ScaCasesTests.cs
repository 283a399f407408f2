using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.Cli;
using PaymentGuard.Domain.Sca;
using PaymentGuard.Sca;

namespace PaymentGuard.Tests.Sca;

public sealed class ScaCasesTests
{
    private const string Low = """{ "id": "a", "kind": "low-value", "input": { "region": "EU", "currency": "EUR", "counter": "count", "amountMinor": 100, "previous": [] } }""";

    private static readonly string Rules = Path.Combine(PaymentGuard.Cli.LocalServers.Repository.Root, "rules");
    private static readonly ScaLimits Limits = ScaFile.Load(Rules);

    [Fact]
    public void Evaluate_SharedCases_AreAnsweredAsExpected() => Assert.All(Shared(), test =>
    {
        var (answer, expect) = (Evaluate(test.GetRawText()), JsonNode.Parse(test.GetProperty("expect").GetRawText())!.AsObject());
        foreach (var (name, value) in expect) Assert.True(JsonNode.DeepEquals(value, answer[name]), $"{name}: {answer.ToJsonString()}");
        Assert.Equal(expect.Select(field => field.Key).Append("id").Order(), answer.Select(field => field.Key).Order());
    });

    [Theory]
    // The sixth payment is exempt by the count of five before it, the seventh is not.
    [InlineData(5, "count", 100, true, null)]
    [InlineData(6, "count", 100, false, "count")]
    [InlineData(6, "amount", 100, true, null)]
    [InlineData(5, "amount", 2_001, false, "cumulative-amount")]
    [InlineData(5, "amount", 2_000, true, null)]
    public void Evaluate_LowValueAtItsEdges_CountsThePreviousOnly(int count, string counter, int previousMinor, bool exempt, string? limitedBy)
    {
        var previous = Enumerable.Repeat($$"""{ "amountMinor": {{previousMinor}}, "remote": true, "executed": true }""", count);
        var answer = Evaluate(Low.Replace("\"count\"", $"\"{counter}\"").Replace("[]", $"[{string.Join(',', previous)}]"));
        Assert.Equal((exempt, limitedBy), ((bool)answer["exempt"]!, (string?)answer["limitedBy"]));
    }

    [Theory]
    [InlineData("0.13%", true)]
    [InlineData("0.129999%", false)]
    public void Evaluate_OtherThresholds_ComeFromTheFile(string fraudRateMax, bool exempt)
    {
        var limits = LimitsOf($"low_value: []\ntra:\n  - {{ instrument: card, amount_max: 100 EUR, fraud_rate_max: {fraudRateMax} }}\n");
        var test = JsonElement.Parse("""
            { "id": "a", "kind": "tra", "input": { "instrument": "card", "currency": "EUR", "amountMinor": 10000, "fraudValueMinor": 13, "totalValueMinor": 10000, "findings": [] } }
            """);
        Assert.Equal(exempt, (bool)ScaCases.Evaluate(test, limits)["exempt"]!);
    }

    [Theory]
    [InlineData("Europe/Berlin", 1_000)]
    [InlineData("UTC", 0)]
    public void Evaluate_FraudRate_TakesTheZonesQuarter(string zone, long totalMinor)
    {
        // 23:30 UTC on 31 March is 1 April in Berlin.
        var answer = Evaluate($$"""
            { "id": "a", "kind": "fraud-rate", "input": { "quarter": "2026-Q2", "zone": "{{zone}}", "instrument": "card", "currency": "EUR", "items": [
              { "at": "2026-03-31T23:30:00Z", "valueMinor": 1000, "instrument": "card", "channel": "remote", "authentication": "sca", "unauthorisedOrFraudulent": false, "recovered": false } ] } }
            """);
        Assert.Equal(totalMinor, (long)answer["totalValueMinor"]!);
    }

    [Theory]
    [InlineData("\"amountMinor\": 100", "\"amountMinor\": -1")]
    [InlineData("\"amountMinor\": 100", "\"amountMinor\": 1.5")]
    [InlineData("\"amountMinor\": 100", "\"amountMinor\": \"100\"")]
    [InlineData("\"amountMinor\": 100", "\"amountMinor\": 9223372036854775808")]
    [InlineData("\"amountMinor\": 100", "\"amountMinor\": 100, \"amountMinor\": 100")]
    [InlineData("\"amountMinor\": 100, ", "")]
    [InlineData("\"previous\": []", "\"previous\": [], \"more\": 1")]
    [InlineData("\"previous\": []", "\"previous\": null")]
    [InlineData("low-value", "lower-value")]
    [InlineData("\"EU\"", "\"CH\"")]
    [InlineData("\"EUR\"", "\"XXQ\"")]
    [InlineData("\"count\"", "\"both\"")]
    public void Evaluate_WhatCannotBeRead_IsAnError(string part, string replacement)
    {
        var answer = Evaluate(Low.Replace(part, replacement));
        Assert.Equal(["id", "error"], answer.Select(field => field.Key));
    }

    [Fact]
    public void Evaluate_SumPastAnyAmount_IsAnError()
    {
        const string largest = """{ "amountMinor": 9223372036854775807, "remote": true, "executed": true }""";
        Assert.NotNull(Evaluate(Low.Replace("[]", $"[{largest}, {largest}]"))["error"]);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{ "id": 7 }""")]
    [InlineData("""{ "id": "\ud800" }""")]
    [InlineData("""{ "id": "a", "kind": "tra", "input": [] }""")]
    public void Evaluate_NoCase_IsAnError(string test) => Assert.NotNull(Evaluate(test)["error"]);

    [Fact]
    public void EvaluateBatch_OneCaseUnreadable_AnswersAllAndEndsWithOne()
    {
        var file = new FileInfo(Path.GetTempFileName());
        try
        {
            File.WriteAllText(file.FullName, $"[{Low}, {{}}, {Low}]");
            var output = new StringWriter { NewLine = "\n" };
            Assert.Equal(1, ScaCommands.Evaluate(file, Rules, output));
            var lines = output.ToString().TrimEnd('\n').Split('\n');
            Assert.Equal([true, false, true], lines.Select(line => JsonNode.Parse(line)!["error"] is null));
        }
        finally { file.Delete(); }
    }

    private static JsonObject Evaluate(string test) => ScaCases.Evaluate(JsonElement.Parse(test), Limits);

    private static ScaLimits LimitsOf(string yaml)
    {
        var folder = Directory.CreateTempSubdirectory("paymentguard-sca-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, ScaFile.Name), yaml);
            return ScaFile.Load(folder.FullName);
        }
        finally { folder.Delete(recursive: true); }
    }

    private static IEnumerable<JsonElement> Shared() => JsonElement.Parse(File.ReadAllText(PaymentGuard.Tests.Shared.File("vectors/sca.json"))).EnumerateArray();
}
