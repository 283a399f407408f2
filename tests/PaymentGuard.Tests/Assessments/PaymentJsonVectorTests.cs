using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.Assessments;

namespace PaymentGuard.Tests.Assessments;

/// <summary>The shared JSON documents and strings, as the body and in every field.</summary>
public sealed class PaymentJsonVectorTests
{
    [Fact]
    public void TryRead_EveryParsingVector_IsRefusedWithoutException()
    {
        foreach (var line in File.ReadLines(Shared.File("vectors/json/parsing.jsonl")))
        {
            var vector = JsonNode.Parse(line)!;
            PaymentJsonTests.Refuse(Convert.FromBase64String((string)vector["base64"]!), out var code);
            if ((string)vector["expect"]! == "y") Assert.NotEqual(PaymentJson.InvalidJsonCode, code);
            if ((string)vector["expect"]! == "n") Assert.True(code is PaymentJson.InvalidJsonCode, (string)vector["name"]!);
        }
    }

    [Fact]
    public void TryRead_NaughtyStringInEveryTextField_NeverThrows()
    {
        var fields = JsonSerializer.Deserialize<JsonObject>(PaymentJsonTests.Full)!.SelectMany(Leaves).ToArray();
        foreach (var text in JsonSerializer.Deserialize<string[]>(File.ReadAllBytes(Shared.File("vectors/json/naughty-strings.json")))!)
            foreach (var field in fields)
                PaymentJson.TryRead(Encoding.UTF8.GetBytes(PaymentJsonTests.With(field, JsonSerializer.Serialize(text))), PaymentJsonTests.Now, out _, out _, out _);
    }

    private static IEnumerable<string> Leaves(KeyValuePair<string, JsonNode?> property) =>
        property.Value is JsonObject group ? group.SelectMany(Leaves).Select(leaf => $"/{property.Key}{leaf}") : [$"/{property.Key}"];
}
