using System.CommandLine;
using System.Text.Json;
using PaymentGuard.Platform;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard migrate</c>: brings the database to this build's schema.</summary>
internal static class MigrateCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var command = new Command("migrate", "Bring the database of PAYMENTGUARD_POSTGRES to this build's schema") { json };
        command.SetAction(async (parsed, ct) =>
        {
            await using var postgres = PostgresSource.Create(Settings.FromEnvironment());
            var done = await new Migrator(postgres).Run(ct);
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(new { migrated = done }));
            else Console.WriteLine(done.Count == 0 ? "The database is up to date." : string.Join(Environment.NewLine, done.Select(name => "done: " + name)));
        });
        return command;
    }
}
