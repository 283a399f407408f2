using System.CommandLine;
using System.Text.Json;
using PaymentGuard.Platform;
using Spectre.Console;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard keys</c>: a new data key, and everything under it.</summary>
internal static class KeysCommands
{
    /// <summary>By then every process has taken up a key that it finds in the file.</summary>
    private static readonly TimeSpan TakeUpTime = 2 * DataKeysFollower.Interval;

    public static Command Create() => new("keys", "The data keys, which personal data is encrypted with") { CreateAdd(), CreateReencrypt() };

    private static Command CreateAdd()
    {
        var id = new Option<string?>("--id") { Description = "Its id; k and the next number unless given" };
        var json = CommonOptions.Json();
        var command = new Command("add", "Append a new key to the file of PAYMENTGUARD_KEYS; running processes encrypt under it within seconds") { id, json };
        command.SetAction(parsed =>
        {
            var path = Settings.FromEnvironment().KeyFile;
            var ids = DataKeyFile.Add(path, parsed.GetValue(id));
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(new { added = ids[^1], keys = ids }));
            else
                Console.WriteLine($"""
                    {ids[^1]} was appended to {path} and encrypts from now on. Bring the file to every machine that has one of its own.
                    {FirstKeyStays(ids[0])}
                    Next: paymentguard keys reencrypt
                    """);
        });
        return command;
    }

    private static Command CreateReencrypt()
    {
        var json = CommonOptions.Json();
        var command = new Command("reencrypt", "Encrypt all rows under older keys anew under the newest one, while the service runs; ended at any point, it is just run again") { json };
        command.SetAction(async (parsed, ct) =>
        {
            var (newest, oldest, columns) = await Reencrypt(TimeProvider.System, ct);
            if (parsed.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(new { key = newest, columns }, JsonSerializerOptions.Web));
            else
            {
                foreach (var column in columns) Console.WriteLine(Line(column));
                Console.WriteLine(FirstKeyStays(oldest));
            }
            return columns.All(column => column.Left == 0) ? 0 : 1;
        });
        return command;
    }

    private static async Task<(string Newest, string Oldest, IReadOnlyList<ReencryptedColumn> Columns)> Reencrypt(TimeProvider clock, CancellationToken ct)
    {
        var settings = Settings.FromEnvironment();
        var keys = DataKeys.Load(settings.KeyFile);
        await using var postgres = PostgresSource.Create(settings);
        // A process that has not seen the newest key yet would go on to write under the one before, behind our back.
        var wait = File.GetLastWriteTimeUtc(settings.KeyFile) + TakeUpTime - clock.GetUtcNow().UtcDateTime;
        if (wait > TimeSpan.Zero) await Task.Delay(wait < TakeUpTime ? wait : TakeUpTime, clock, ct);
        var columns = await WithProgress((column, progress) => new Reencryption(postgres, keys, clock).Run(column, progress, ct));
        return (keys.Ids[^1], keys.Ids[0], columns);
    }

    private static string FirstKeyStays(string id) =>
        $"Never remove the first key, {id}: keyed hashes, lookups and the links of the audit chain derive from it, whichever key encrypts.";

    private static string Line(ReencryptedColumn column) =>
        $"{column.Column}: {column.Rewritten} rewritten, {column.Left} under older keys" + (column.FirstUnreadable is { } first ? $"; no key opens that of {first}" : "");

    /// <summary>The bars go to standard error, so that standard output holds the result alone.</summary>
    private static Task<List<ReencryptedColumn>> WithProgress(Func<EncryptedColumn, IProgress<double>, Task<ReencryptedColumn>> reencrypt)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async progress =>
            {
                var results = new List<ReencryptedColumn>();
                foreach (var column in EncryptedColumns.All)
                {
                    var bar = progress.AddTask(column.Name, maxValue: 1);
                    results.Add(await reencrypt(column, new Progress<double>(share => bar.Value = share)));
                    bar.Value = bar.MaxValue;
                }
                return results;
            });
    }
}
