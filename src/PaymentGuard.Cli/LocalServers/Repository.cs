namespace PaymentGuard.Cli.LocalServers;

/// <summary>The source tree that this program was built from.</summary>
internal static class Repository
{
    /// <summary>The folder of PaymentGuard.sln.</summary>
    /// <exception cref="LocalServerException">The program was copied out of its tree.</exception>
    public static string Root { get; } = Above(AppContext.BaseDirectory, "PaymentGuard.sln")
        ?? throw new LocalServerException("This command works within PaymentGuard's source tree. Use deploy/paymentguard of a clone.");

    /// <summary>A file or folder of the data shared between projects, which may lie beside the tree; null when it is not there.</summary>
    public static string? Shared(string path)
    {
        var shared = Environment.GetEnvironmentVariable("PAYMENTGUARD_SHARED") is { Length: > 0 } given ? given : Path.Combine(Root, "..", "shared");
        var full = Path.GetFullPath(Path.Combine(shared, path));
        return Path.Exists(full) ? full : null;
    }

    /// <summary>The built assembly of a project, in the configuration (Debug, Release) of this program.</summary>
    public static string Assembly(string project)
    {
        var output = Path.GetRelativePath(Path.Combine(Above(AppContext.BaseDirectory, "bin")!, "bin"), AppContext.BaseDirectory);
        var file = Path.Combine(Root, "src", project, "bin", output, project + ".dll");
        return File.Exists(file) ? file : throw new LocalServerException($"{file} was not built. Run deploy/run, or: dotnet build PaymentGuard.sln");
    }

    private static string? Above(string start, string name)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (Path.Exists(Path.Combine(folder.FullName, name))) return folder.FullName;
        }
        return null;
    }
}
