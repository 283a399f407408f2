namespace PaymentGuard.Platform;

/// <summary>A column whose values are encrypted for <c>table.column:key</c>, the parts of the key with a space between.</summary>
/// <param name="Key">The columns of the primary key, in its order, and their types.</param>
internal sealed record EncryptedColumn(string Table, string Column, IReadOnlyList<(string Name, string Type)> Key)
{
    public string Name => $"{Table}.{Column}";

    /// <param name="key">The key's values as PostgreSQL prints them.</param>
    public string Place(IEnumerable<string> key) => $"{Name}:{string.Join(' ', key)}";
}

/// <summary>Every encrypted column there is. A value that is null or empty is none: it was deleted.</summary>
internal static class EncryptedColumns
{
    public static readonly IReadOnlyList<EncryptedColumn> All =
    [
        new("assessments", "request", [("id", "uuid")]),
        new("events", "body", [("source", "text"), ("id", "text")]),
        new("factors", "secret", [("id", "uuid")]),
        new("notification_messages", "body", [("id", "uuid")]),
        new("compromises", "reason", [("id", "uuid")]),
        new("recoveries", "reason", [("id", "uuid")]),
    ];
}
