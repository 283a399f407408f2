namespace PaymentGuard.Tests;

/// <summary>The folder of shared vectors and data, which is not part of the repository.</summary>
internal static class Shared
{
    private static readonly string? Folder = Find();

    /// <summary>The path of a file in the folder, such as <c>vectors/language.jsonl</c>. Where it is absent the test is skipped, with the reason.</summary>
    public static string File(string relativePath)
    {
        var path = Folder is null ? null : Path.Combine(Folder, relativePath);
        Assert.SkipUnless(System.IO.File.Exists(path), $"Set PAYMENTGUARD_SHARED to the folder that holds {relativePath}.");
        return path!;
    }

    /// <summary>The path, or null where the file is absent: for the rows of a theory, which are made outside a test.</summary>
    public static string? FileOrNull(string relativePath) =>
        Folder is not null && Path.Combine(Folder, relativePath) is var path && System.IO.File.Exists(path) ? path : null;

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("PAYMENTGUARD_SHARED") is { Length: > 0 } given) return given;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var shared = Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(Path.Combine(shared, "vectors"))) return shared;
        }
        return null;
    }
}
