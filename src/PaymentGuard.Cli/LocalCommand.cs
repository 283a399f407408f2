using System.CommandLine;
using System.Text.Json;
using PaymentGuard.Cli.LocalServers;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard local</c>: the private servers of a source tree, in its folder <c>.run</c>. Used by <c>deploy/run</c>.</summary>
internal static class LocalCommand
{
    public static Command Create() => new("local", "Private servers and an Api on this machine, in the source tree's folder .run")
    {
        Up(), Down(), Status(), Kafka(), MockKafkaProcess(),
    };

    private static Command Up()
    {
        var command = new Command("up", "Start what does not run, migrate, and write .run/env. The Api is started anew.");
        command.SetAction((_, ct) => Setup().Up(ct));
        return command;
    }

    private static Command Down()
    {
        var clean = new Option<bool>("--clean") { Description = "Delete their data and keys as well" };
        var command = new Command("down", "Stop what was started here") { clean };
        command.SetAction((parsed, _) => Setup().Down(parsed.GetValue(clean)));
        return command;
    }

    private static Command Status()
    {
        var json = CommonOptions.Json();
        var command = new Command("status", "Tell which servers run, and where") { json };
        command.SetAction(parsed =>
        {
            var servers = Setup().Servers.Select(server => new { server.Name, server.Address, Running = server.IsRunning, Log = server.Process.LogFile }).ToList();
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(servers, JsonSerializerOptions.Web));
            else foreach (var server in servers) Console.WriteLine($"{server.Name,-28} {server.Address,-16} {(server.Running ? "running" : "stopped"),-8} {server.Log}");
        });
        return command;
    }

    private static Command Kafka()
    {
        var command = new Command("kafka", "Tell which Kafka is used here: Apache Kafka or the client library's mock cluster");
        command.SetAction(_ => Console.WriteLine(new KafkaServer(Path.Combine(Folder, "kafka")).Description));
        return command;
    }

    private static Command MockKafkaProcess()
    {
        var folder = new Argument<string>("folder");
        var command = new Command(MockKafka.CommandName, "Serve Kafka's protocol from memory") { folder };
        command.Hidden = true;
        command.SetAction((parsed, ct) => MockKafka.Serve(parsed.GetRequiredValue(folder), ct));
        return command;
    }

    private static string Folder => Path.Combine(Repository.Root, ".run");

    private static LocalSetup Setup() => new(Folder, TimeProvider.System, Console.WriteLine);
}
