using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.Rules;

namespace PaymentGuard.Tests.Rules;

public sealed class LanguageCasesTests
{
    [Theory]
    [InlineData("""{ "id": "a", "expr": "x + 1", "types": { "x": "int" }, "attributes": { "x": 2.0 } }""", """{"id":"a","value":3}""")]
    [InlineData("""{ "id": "a", "expr": "x", "types": { "x": "money" }, "attributes": { "x": "1.20 EUR" } }""", """{"id":"a","value":"1.20 EUR"}""")]
    [InlineData("""{ "id": "a", "expr": "x", "types": { "x": "money" }, "attributes": {} }""", """{"id":"a","missing":true}""")]
    [InlineData("""{ "id": "a", "expr": "y", "types": {} }""", """{"id":"a","error":"name"}""")]
    [InlineData("""{ "id": "a", "expr": "-(0.0)", "bindings": {} }""", """{"id":"a","value":{"type":"double","value":-0.0}}""")]
    [InlineData("""{ "id": "a", "expr": "x[0]", "bindings": { "x": { "type": "list", "value": [{ "type": "duration", "value": "1.5s" }] } } }""",
        """{"id":"a","value":{"type":"duration","value":"1.5s"}}""")]
    [InlineData("""{ "id": "a", "expr": "1 / 0", "bindings": {} }""", """{"id":"a","missing":true}""")]
    public void Evaluate_OneCase_IsAnswered(string test, string answer) => Assert.Equal(answer, LanguageCases.Evaluate(JsonElement.Parse(test)).ToJsonString());

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "id": "a", "expr": "x", "types": { "x": "set" } }""")]
    [InlineData("""{ "id": "a", "expr": "x", "bindings": { "x": { "type": "double", "value": "none" } } }""")]
    public void Evaluate_NoCase_IsRefused(string test) => Assert.Throws<InvalidDataException>(() => LanguageCases.Evaluate(JsonElement.Parse(test)));

    [Fact]
    public void Evaluate_SharedCasesOfTheLanguage_AreAnsweredAsExpected() => Assert.All(Cases("vectors/language.jsonl"), test =>
    {
        var (answer, expect) = (LanguageCases.Evaluate(test), JsonNode.Parse(test.GetProperty("expect").GetRawText())!);
        if (expect is JsonObject fault) Assert.Equal((string)fault["error"]!, (string?)answer["error"]);
        else if (expect.GetValueKind() == JsonValueKind.String && (string)expect! == "missing") Assert.True((bool?)answer["missing"]);
        else if (expect.GetValueKind() == JsonValueKind.Number) Assert.Equal((double)expect, (double)answer["value"]!);
        else Assert.True(JsonNode.DeepEquals(expect, answer["value"]), answer.ToJsonString());
    });

    private static IEnumerable<JsonElement> Cases(string file) =>
        File.ReadLines(Shared.File(file)).Where(line => line.Length > 0).Select(line => JsonElement.Parse(line));
}
