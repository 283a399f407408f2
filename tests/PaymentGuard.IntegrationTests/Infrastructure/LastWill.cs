using System.Diagnostics;

namespace PaymentGuard.IntegrationTests.Infrastructure;

/// <summary>
/// Ends the servers and deletes their data also when the test process is killed: a small shell, in a session of its own, that waits for
/// the end of its input, which comes when we are gone.
/// </summary>
internal sealed class LastWill : IDisposable
{
    private const string Script = """
        while read -r _; do :; done
        for pid in "$1"/*/pid "$1"/*/*/pid; do
            [ -f "$pid" ] || continue
            kill -KILL -- "-$(cut -d' ' -f1 "$pid")" 2>/dev/null
        done
        for path in "$1"/*/data-path "$1"/*/*/data-path; do [ -f "$path" ] && rm -rf -- "$(cat "$path")"; done
        rm -rf -- "$1"
        """;

    private readonly Process shell;

    public LastWill(string folder) => shell = Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", Script, "sh", folder])
    {
        RedirectStandardInput = true,
    })!;

    /// <summary>Executes it now and waits for it.</summary>
    public void Dispose()
    {
        shell.StandardInput.Close();
        shell.WaitForExit(TimeSpan.FromSeconds(30));
        shell.Dispose();
    }
}
