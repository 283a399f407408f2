using System.CommandLine;

namespace PaymentGuard.Cli;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary>Every command that prints results has it: one JSON document on standard output and nothing else there.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON" };
}
