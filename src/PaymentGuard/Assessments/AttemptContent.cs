using System.Security.Cryptography;
using System.Text.Json;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Assessments;

/// <summary>
/// What a payment's content is: every value as parsed but the deadline. Its JSON is written in one way only (order, spelling of numbers,
/// times in UTC), so that two requests have the same content when these bytes are the same.
/// </summary>
/// <param name="Hash">SHA-256 of <paramref name="Json"/>.</param>
internal sealed record AttemptContent(byte[] Json, byte[] Hash)
{
    public static AttemptContent Of(PaymentAttempt attempt)
    {
        var json = PaymentJson.Write(attempt.DeadlineMs is null ? attempt : attempt with { DeadlineMs = null });
        return new AttemptContent(json, SHA256.HashData(json));
    }

    /// <summary>JSON Pointers of the fields that differ, in the order of the pointers; none when the contents are the same.</summary>
    public static IReadOnlyList<string> DifferingFields(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        using var left = JsonDocument.Parse(first);
        using var right = JsonDocument.Parse(second);
        var pointers = new SortedSet<string>(StringComparer.Ordinal);
        Compare("", left.RootElement, right.RootElement, pointers);
        return [.. pointers];
    }

    private static void Compare(string pointer, JsonElement left, JsonElement right, SortedSet<string> differing)
    {
        if (left.ValueKind != JsonValueKind.Object || right.ValueKind != JsonValueKind.Object)
        {
            if (!JsonElement.DeepEquals(left, right)) differing.Add(pointer);
            return;
        }
        foreach (var property in left.EnumerateObject())
            if (right.TryGetProperty(property.Name, out var other)) Compare($"{pointer}/{property.Name}", property.Value, other, differing);
            else differing.Add($"{pointer}/{property.Name}");
        foreach (var property in right.EnumerateObject())
            if (!left.TryGetProperty(property.Name, out _)) differing.Add($"{pointer}/{property.Name}");
    }
}
