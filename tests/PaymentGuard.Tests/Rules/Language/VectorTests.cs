using System.Text.Json;
using PaymentGuard.Domain.Rules.Language;

namespace PaymentGuard.Tests.Rules.Language;

/// <summary>Every case of the shared vectors, a row each.</summary>
public sealed class VectorTests
{
    private const string LanguageFile = "vectors/language.jsonl", CelFile = "vectors/cel/visible.jsonl", NetworkFile = "vectors/cel/network-visible.jsonl";

    public static TheoryData<string> LanguageIds => Rows(LanguageFile);

    public static TheoryData<string> CelIds => Rows(CelFile);

    public static TheoryData<string> NetworkIds => Rows(NetworkFile);

    [Theory, MemberData(nameof(LanguageIds))]
    public void Language_Case_GivesTheExpectedAnswer(string id)
    {
        var vector = VectorCase.Find(LanguageFile, id);
        var answer = vector.Run();
        switch (vector.Expected.ValueKind)
        {
            case JsonValueKind.Object: Assert.Equal(vector.Expected.GetProperty("error").GetString(), answer?.ToString()!.ToLowerInvariant()); break;
            case JsonValueKind.Number: Assert.Equal(vector.Expected.GetDouble(), Convert.ToDouble(answer)); break;
            case JsonValueKind.String when vector.Expected.GetString() == "missing": Assert.Null(answer); break;
            case JsonValueKind.String: Assert.Equal(vector.Expected.GetString(), answer); break;
            default: Assert.Equal(vector.Expected.GetBoolean(), answer); break;
        }
    }

    [Theory, MemberData(nameof(CelIds))]
    public void Cel_Case_MeansWhatCelMeans(string id) => AssertCel(VectorCase.Find(CelFile, id));

    [Theory, MemberData(nameof(NetworkIds))]
    public void Cel_NetworkCase_MeansWhatItMeansInKubernetes(string id) => AssertCel(VectorCase.Find(NetworkFile, id));

    private static TheoryData<string> Rows(string file) => [.. VectorCase.Ids(file).DefaultIfEmpty("absent")];

    private static void AssertCel(VectorCase vector)
    {
        var answer = vector.Run();
        if (vector.Expected.TryGetProperty("error", out _)) Assert.True(answer is null or DiagnosticKind, $"Expected an error, got {answer}.");
        else if (vector.IsUnchecked && answer is DiagnosticKind kind) Assert.True(kind is DiagnosticKind.Type or DiagnosticKind.Name);
        else AssertSame(VectorCase.ReadTyped(vector.Expected.GetProperty("value")), answer);
    }

    private static void AssertSame(object expected, object? actual)
    {
        Assert.IsType(expected.GetType(), actual);
        switch (expected)
        {
            case double number:
                Assert.Equal(BitConverter.DoubleToInt64Bits(number), BitConverter.DoubleToInt64Bits((double)actual!));
                break;
            case object[] list:
                Assert.Equal(list.Length, ((object[])actual!).Length);
                foreach (var (left, right) in list.Zip((object[])actual)) AssertSame(left, right);
                break;
            case MapValue map:
                Assert.Equal(map.Count, ((MapValue)actual!).Count);
                foreach (var (key, value) in map) AssertSame(value, ((MapValue)actual).TryGet(key, out var found) ? found : null);
                break;
            default:
                Assert.Equal(expected, actual);
                break;
        }
    }
}
