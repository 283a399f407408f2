using System.CommandLine;
using PaymentGuard.Cli.LocalServers;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard local</c>: the private servers of a source tree.</summary>
internal static class LocalCommand
{
    public static Command Create() => new("local", "Private servers of this source tree") { MockKafkaCommand() };

    private static Command MockKafkaCommand()
    {
        var folder = new Argument<string>("folder");
        var command = new Command(MockKafka.CommandName, "Serve Kafka's protocol from memory") { folder };
        command.Hidden = true;
        command.SetAction((parsed, ct) => MockKafka.Serve(parsed.GetRequiredValue(folder), ct));
        return command;
    }
}
