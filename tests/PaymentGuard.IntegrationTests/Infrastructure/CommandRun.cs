using System.Diagnostics;
using System.Text.Json.Nodes;
using PaymentGuard.Cli.LocalServers;

namespace PaymentGuard.IntegrationTests.Infrastructure;

/// <summary>One run of the command <c>paymentguard</c>, as a process of its own under an installation's settings.</summary>
internal sealed class CommandRun : IDisposable
{
    private readonly Process process;
    private readonly Task<string> output, errors;

    private CommandRun(Process process) => (this.process, output, errors) = (process, process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());

    public static CommandRun Start(Installation installation, params string[] arguments)
    {
        var start = new ProcessStartInfo(Executables.Dotnet, ["exec", Repository.Assembly("PaymentGuard.Cli"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in installation.Settings) start.Environment[name] = value;
        return new CommandRun(Process.Start(start)!);
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<CommandResult> Run(Installation installation, params string[] arguments)
    {
        using var run = Start(installation, arguments);
        return await run.End();
    }

    public async Task<CommandResult> End()
    {
        await process.WaitForExitAsync();
        return new CommandResult(process.ExitCode, await output, await errors);
    }

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public void Kill() => process.Kill();

    public void Dispose() => process.Dispose();
}

internal sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    public JsonNode Json => JsonNode.Parse(Output)!;
}
