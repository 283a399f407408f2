using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using PaymentGuard.Platform;
using PaymentGuard.Sca;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard sca evaluate --batch FILE</c>: one JSON object per case of strong customer authentication on standard output, and nothing else.</summary>
internal static class ScaCommands
{
    private static readonly JsonSerializerOptions Lines = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create() => new("sca", "Strong customer authentication: exemptions, fraud rates, lockout") { Evaluate() };

    private static Command Evaluate()
    {
        var batch = new Option<FileInfo>("--batch") { Description = "Cases, a JSON array of { id, kind, input }", Required = true };
        var rules = new Option<string>("--rules")
        {
            Description = "Folder of rules that holds sca.yaml; PAYMENTGUARD_RULES unless given",
            DefaultValueFactory = _ => Settings.FromEnvironment().RulesFolder,
        };
        var command = new Command("evaluate", "Evaluate cases outside any payment") { batch, rules };
        command.SetAction(parsed => Evaluate(parsed.GetRequiredValue(batch), parsed.GetRequiredValue(rules), Console.Out));
        return command;
    }

    /// <summary>A case that cannot be read is answered with its error, and the exit code is 1 at the end.</summary>
    internal static int Evaluate(FileInfo file, string rulesFolder, TextWriter output)
    {
        var limits = ScaFile.Load(rulesFolder);
        using var stream = file.OpenRead();
        using var cases = JsonDocument.Parse(stream);
        if (cases.RootElement.ValueKind != JsonValueKind.Array) throw new InvalidDataException($"{file.Name} has to hold a JSON array of cases.");
        var exitCode = 0;
        foreach (var test in cases.RootElement.EnumerateArray())
        {
            var answer = ScaCases.Evaluate(test, limits);
            if (answer.ContainsKey("error")) exitCode = 1;
            output.WriteLine(answer.ToJsonString(Lines));
        }
        return exitCode;
    }
}
