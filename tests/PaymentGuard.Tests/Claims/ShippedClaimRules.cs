using PaymentGuard.Claims;
using PaymentGuard.Tests.Rules;

namespace PaymentGuard.Tests.Claims;

/// <summary>The rules of claims and the calendars of the repository.</summary>
internal static class ShippedClaimRules
{
    public static string Folder { get; } = Find();

    public static ClaimRules Rules { get; } = ClaimRules.Load(Folder);

    /// <summary>A copy with one text replaced in one file; the text has to be there.</summary>
    public static TemporaryFolder With(string file, string good, string bad)
    {
        var copy = Copy();
        var text = File.ReadAllText(Path.Combine(copy.Path, file));
        Assert.Contains(good, text);
        copy.Write(file, text.Replace(good, bad, StringComparison.Ordinal));
        return copy;
    }

    public static TemporaryFolder Copy()
    {
        var copy = new TemporaryFolder();
        foreach (var path in Directory.EnumerateFiles(Path.Combine(Folder, "claims")).Concat(Directory.EnumerateFiles(Path.Combine(Folder, "calendars"))))
            copy.Write(Path.GetRelativePath(Folder, path), File.ReadAllText(path));
        return copy;
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "rules") is var rules && Directory.Exists(Path.Combine(rules, "claims"))) return rules;
        throw new DirectoryNotFoundException("rules/claims");
    }
}
