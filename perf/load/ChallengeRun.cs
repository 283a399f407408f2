using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Challenges;
using PaymentGuard.Cli;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Domain.Challenges;
using PaymentGuard.Platform;

namespace PaymentGuard.Load;

/// <summary>Measures answers to challenges end to end: HTTP, token, locks, comparison, audit entry, commit, proof.</summary>
internal sealed class ChallengeRun(TimeSpan round, int connectionCount, double perSecond, string folder)
{
    private const int RefusalCount = 1_000, OpenLoopConnections = 128, AccountsPerSecond = 8_000, SeedBatch = 5_000;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);

    private readonly byte[] secret = RandomNumberGenerator.GetBytes(32);
    private int accounts;

    public async Task Execute(CancellationToken ct)
    {
        var setup = new LocalSetup(Path.Combine(folder, "run"), TimeProvider.System, Console.WriteLine);
        try
        {
            var settings = await setup.Up(ct);
            await Measure(new Settings(settings.GetValueOrDefault), new Uri(settings["PAYMENTGUARD_API"]));
        }
        finally { await setup.Down(clean: true); }
    }

    private async Task Measure(Settings settings, Uri api)
    {
        await using var postgres = PostgresSource.Create(settings);
        var keys = DataKeys.Load(settings.KeyFile);
        using var signer = TokenSigner.Create(settings, TimeProvider.System);
        var token = signer.Sign("perf", [Scopes.WriteChallenges], TimeSpan.FromHours(1));
        var codes = new OneTimeCode(secret);
        Task<HttpConnection> Open(IRequestSource source) => HttpConnection.Open(api, token, source);

        async Task<Func<Task<HttpConnection>>> Fresh(TimeSpan duration, double rate)
        {
            var source = new AnswerSource(await Seed(postgres, keys, (int)(duration.TotalSeconds * rate) + OpenLoopConnections), codes, TimeProvider.System);
            return () => Open(source);
        }

        await HttpLoad.Closed(await Fresh(WarmUp, AccountsPerSecond), connectionCount, WarmUp);
        Print($"answers, {connectionCount} connections", $"{await HttpLoad.Closed(await Fresh(round, AccountsPerSecond), connectionCount, round)}");
        Print($"answers, open loop at {perSecond:N0}/s", $"{await HttpLoad.Open(await Fresh(round * 2, perSecond), OpenLoopConnections, perSecond, round * 2)}");
        await Refusals(postgres, keys, codes, Open);
    }

    /// <summary>The same refusal for different reasons, in turns, one at a time: whether the time tells which.</summary>
    private async Task Refusals(NpgsqlDataSource postgres, DataKeys keys, OneTimeCode codes, Func<IRequestSource, Task<HttpConnection>> open)
    {
        async Task<IReadOnlyList<Guid>> Changed(string sql)
        {
            var challenges = await Seed(postgres, keys, RefusalCount);
            await using var command = postgres.CreateCommand(sql);
            command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. challenges] });
            await command.ExecuteNonQueryAsync();
            return challenges;
        }

        const string ofThese = "WHERE id IN (SELECT account_id FROM challenges WHERE id = ANY ($1))";
        var reasons = new (string Name, AnswerSource Source)[]
        {
            ("wrong", new(await Seed(postgres, keys, RefusalCount), codes, TimeProvider.System, wrong: true)),
            ("expired", new(await Changed("UPDATE challenges SET expires_at = now() WHERE id = ANY ($1)"), codes, TimeProvider.System)),
            ("locked", new(await Changed($"UPDATE accounts SET failures = 5, lock_seconds = 3600, locked_until = now() + interval '1 hour' {ofThese}"), codes, TimeProvider.System)),
            ("frozen", new(await Changed($"UPDATE accounts SET frozen_at = now(), last_frozen_at = now() {ofThese}"), codes, TimeProvider.System)),
            ("unknown", new([.. Enumerable.Range(0, RefusalCount).Select(_ => Guid.NewGuid())], codes, TimeProvider.System)),
        };
        var times = reasons.Select(_ => new List<double>()).ToList();
        var connections = await Task.WhenAll(reasons.Select(reason => open(reason.Source)));
        for (var turn = 0; turn < RefusalCount; turn++)
            for (var reason = 0; reason < reasons.Length; reason++)
            {
                var sent = Stopwatch.GetTimestamp();
                if ((await connections[reason].Post()).Status != 422) throw new InvalidOperationException($"'{reasons[reason].Name}' was not refused.");
                times[reason].Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

        for (var reason = 0; reason < reasons.Length; reason++)
            Print($"refused, {reasons[reason].Name}", $"p50 {At(times[reason], 0.5):F3} ms   p25 {At(times[reason], 0.25):F3}   p75 {At(times[reason], 0.75):F3}");
        foreach (var connection in connections) connection.Dispose();
    }

    /// <summary>Makes accounts with a confirmed authenticator app and an open challenge each.</summary>
    private async Task<IReadOnlyList<Guid>> Seed(NpgsqlDataSource postgres, DataKeys keys, int count)
    {
        var challenges = new List<Guid>(count);
        while (challenges.Count < count) challenges.AddRange(await SeedSome(postgres, keys, Math.Min(SeedBatch, count - challenges.Count)));
        await using var analyze = postgres.CreateCommand("ANALYZE accounts, factors, challenges");
        await analyze.ExecuteNonQueryAsync();
        return challenges;
    }

    private async Task<Guid[]> SeedSome(NpgsqlDataSource postgres, DataKeys keys, int count)
    {
        var ids = Enumerable.Range(0, count).Select(_ => $"perf_{++accounts}").ToArray();
        var factors = ids.Select(_ => Guid.CreateVersion7()).ToArray();
        var challenges = ids.Select(_ => Guid.CreateVersion7()).ToArray();
        await using var batch = postgres.CreateBatch();
        Add("INSERT INTO accounts (id) SELECT unnest($1)", Texts(ids));
        Add(
            "INSERT INTO factors (id, account_id, kind, created_at, confirmed_at, secret, totp_algorithm, totp_digits) "
            + "SELECT id, account_id, 'totp', now(), now() - interval '1 day', secret, 1, 6 FROM unnest($1, $2, $3) AS n (id, account_id, secret)",
            Ids(factors), Texts(ids),
            new NpgsqlParameter { Value = factors.Select(id => keys.Encrypt(secret, Factor.SecretPlace(id))).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        Add(
            "INSERT INTO challenges (id, account_id, action, parameters, created_at, expires_at, factors_before) "
            + "SELECT id, account_id, 'change_payout_destination', '{}', now(), now() + interval '1 hour', now() FROM unnest($1, $2) AS n (id, account_id)",
            Ids(challenges), Texts(ids));
        await batch.ExecuteNonQueryAsync();
        return challenges;

        void Add(string sql, params NpgsqlParameter[] parameters)
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.AddRange(parameters);
            batch.BatchCommands.Add(command);
        }
    }

    private static NpgsqlParameter Texts(string[] values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    private static NpgsqlParameter Ids(Guid[] values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };

    private static double At(List<double> times, double part) => times.Order().ElementAt((int)(times.Count * part));

    private static void Print(string what, string figures) => Console.WriteLine($"{what,-34} {figures}");
}
