using System.Text.Json;
using System.Text.Json.Nodes;

namespace PaymentGuard.Platform;

/// <summary>
/// Evaluates cases outside any payment: each has an <c>id</c>, a <c>kind</c> and the <c>input</c> of that kind; what it says beside that
/// (<c>rule</c>, <c>title</c>, <c>expect</c>, <c>source</c>, <c>confidence</c>) changes nothing.
/// </summary>
/// <param name="kinds">The answer of each kind, without <c>id</c>.</param>
internal sealed class CaseKinds<TRules>(IReadOnlyDictionary<string, Func<CaseFields, TRules, JsonObject>> kinds)
{
    /// <summary>The answer to one case: <c>id</c> and each field that its kind expects, or <c>id</c> and <c>error</c>. Any JSON may be given: nothing is thrown.</summary>
    public JsonObject Evaluate(JsonElement test, TRules rules)
    {
        var answer = new JsonObject { ["id"] = IdOf(test) };
        try
        {
            var fields = new CaseFields(test, "", "id", "kind", "rule", "title", "input", "expect", "source", "confidence");
            fields.Text("id");
            if (!kinds.TryGetValue(fields.Text("kind"), out var evaluate)) throw fields.Wrong("kind", $"has to be one of: {string.Join(", ", kinds.Keys)}");
            foreach (var (name, value) in evaluate(fields, rules)) answer[name] = value?.DeepClone();
        }
        catch (InvalidDataException e)
        {
            answer["error"] = e.Message;
        }
        catch (OverflowException)
        {
            answer["error"] = "/input: a sum is larger than any amount can be.";
        }
        catch (ArgumentOutOfRangeException)
        {
            answer["error"] = "/input: a time is beyond the years 1 to 9999.";
        }
        return answer;
    }

    private static string? IdOf(JsonElement test) => test.ValueKind == JsonValueKind.Object
        ? test.EnumerateObject().Where(property => CaseFields.NameOf(property) == "id").Select(property => CaseFields.TextOf(property.Value)).FirstOrDefault() : null;
}
