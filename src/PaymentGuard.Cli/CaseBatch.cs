using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.Platform;

namespace PaymentGuard.Cli;

/// <summary><c>evaluate --batch FILE --rules DIR</c>: one JSON object per case of an array on standard output, and nothing else.</summary>
internal static class CaseBatch
{
    private static readonly JsonSerializerOptions Lines = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="holds">What the folder of rules has to hold.</param>
    /// <param name="evaluate">File, rules folder and output; returns the exit code.</param>
    public static Command Command(string description, string holds, Func<FileInfo, string, TextWriter, int> evaluate)
    {
        var batch = new Option<FileInfo>("--batch") { Description = "Cases, a JSON array of { id, kind, input }", Required = true };
        var rules = new Option<string>("--rules")
        {
            Description = $"Folder of rules that holds {holds}; PAYMENTGUARD_RULES unless given",
            DefaultValueFactory = _ => Settings.FromEnvironment().RulesFolder,
        };
        var command = new Command("evaluate", description) { batch, rules };
        command.SetAction(parsed => evaluate(parsed.GetRequiredValue(batch), parsed.GetRequiredValue(rules), Console.Out));
        return command;
    }

    /// <summary>A case that cannot be read is answered with its error, and the exit code is 1 at the end.</summary>
    public static int Run(FileInfo file, Func<JsonElement, JsonObject> evaluate, TextWriter output)
    {
        using var stream = file.OpenRead();
        using var cases = JsonDocument.Parse(stream);
        if (cases.RootElement.ValueKind != JsonValueKind.Array) throw new InvalidDataException($"{file.Name} has to hold a JSON array of cases.");
        var exitCode = 0;
        foreach (var test in cases.RootElement.EnumerateArray())
        {
            var answer = evaluate(test);
            if (answer.ContainsKey("error")) exitCode = 1;
            output.WriteLine(answer.ToJsonString(Lines));
        }
        return exitCode;
    }
}
