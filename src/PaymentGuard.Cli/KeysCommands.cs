using System.CommandLine;

namespace PaymentGuard.Cli;

internal static class KeysCommands
{
    public static Command Create() => new("keys", "The data keys");
}
