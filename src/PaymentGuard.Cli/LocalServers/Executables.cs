using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PaymentGuard.Cli.LocalServers;

/// <summary>Finds and runs the machine's programs.</summary>
internal static class Executables
{
    /// <summary>The <c>dotnet</c> that runs this process, wherever it is installed.</summary>
    public static string Dotnet => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    /// <summary>Full path of a program; null when it is not installed.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/local/bin", "/usr/bin", "/usr/sbin"])
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>Full path of a program.</summary>
    /// <exception cref="LocalServerException">It is not installed; the message names the Debian package.</exception>
    public static string Get(string name, string package) =>
        Find(name) ?? throw new LocalServerException($"{name} is not installed. Install it with: apt-get install {package}");

    /// <summary>Runs a command to its end and tells whether it ended well, and what it printed.</summary>
    public static async Task<(bool Succeeded, string Output)> Run(IReadOnlyList<string> command, CancellationToken ct = default)
    {
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",     // an account that the command runs under may not enter ours
        })!;
        var errors = process.StandardError.ReadToEndAsync(ct);
        var output = await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return (process.ExitCode == 0, (output + await errors).Trim());
    }
}
