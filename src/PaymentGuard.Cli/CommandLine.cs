using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Data.Common;
using System.Net.Sockets;
using System.Text.Json;
using Confluent.Kafka;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Platform;
using StackExchange.Redis;

namespace PaymentGuard.Cli;

/// <summary>How every command ends: 0 well, 1 with one line on standard error that says what is wrong, 2 when it was called wrongly.</summary>
internal static class CommandLine
{
    private const int Failed = 1, CalledWrongly = 2, Interrupted = 130;

    public static async Task<int> Run(string[] arguments, Command root, TextWriter errors)
    {
        var parsed = root.Parse(arguments.Length == 0 ? ["--help"] : arguments);
        if (parsed.Action is ParseErrorAction) return Explain(parsed, errors);
        try { return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }); }
        catch (OperationCanceledException) { return Interrupted; }
        catch (Exception failure) when (IsExpected(failure))
        {
            await errors.WriteLineAsync($"paymentguard: {failure.Message}");
            return Failed;
        }
    }

    private static int Explain(ParseResult parsed, TextWriter errors)
    {
        foreach (var error in parsed.Errors) errors.WriteLine($"paymentguard: {error.Message}");
        errors.WriteLine($"See: paymentguard {string.Concat(Path(parsed.CommandResult))}--help");
        return CalledWrongly;
    }

    private static IEnumerable<string> Path(CommandResult command) =>
        command.Parent is CommandResult parent ? [.. Path(parent), command.Command.Name + " "] : [];

    /// <summary>What the world does to us. All else is a defect of ours and shows where it is.</summary>
    private static bool IsExpected(Exception failure) => failure
        is SettingException or LocalServerException or IOException or UnauthorizedAccessException or InvalidDataException or JsonException
        or DbException or TimeoutException or HttpRequestException or SocketException or KafkaException or DllNotFoundException
        or RedisException;
}
