using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using PaymentGuard.Rules;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard rules evaluate --batch FILE</c>: one JSON object per case of the rule language on standard output, and nothing else.</summary>
internal static class RulesEvaluateCommand
{
    private static readonly JsonSerializerOptions Lines = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var batch = new Option<FileInfo>("--batch") { Description = "Cases of the language, JSON lines or a JSON array: see rules/README.md", Required = true };
        var command = new Command("evaluate", "Evaluate expressions of the rule language outside any payment") { batch };
        command.SetAction(parsed => Evaluate(parsed.GetRequiredValue(batch)));
        return command;
    }

    /// <summary>A case that cannot be read is told on standard error, and the exit code is 1 at the end.</summary>
    private static int Evaluate(FileInfo file)
    {
        var (exitCode, number) = (0, 0);
        foreach (var test in Cases(File.ReadAllText(file.FullName)))
        {
            number++;
            try
            {
                Console.WriteLine(LanguageCases.Evaluate(test).ToJsonString(Lines));
            }
            catch (Exception e) when (e is InvalidDataException or InvalidOperationException or FormatException or KeyNotFoundException)
            {
                Console.Error.WriteLine($"case {number}: {e.Message}");
                exitCode = 1;
            }
        }
        return exitCode;
    }

    private static IEnumerable<JsonElement> Cases(string text) => text.TrimStart().StartsWith('[')
        ? JsonElement.Parse(text).EnumerateArray()
        : text.Split('\n').Where(line => !string.IsNullOrWhiteSpace(line)).Select(line => JsonElement.Parse(line));
}
