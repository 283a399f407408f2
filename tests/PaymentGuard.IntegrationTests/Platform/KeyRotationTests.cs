using System.Net;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using PaymentGuard.Assessments;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Platform;

namespace PaymentGuard.IntegrationTests.Platform;

/// <summary>New data keys while the service runs, and everything brought under them.</summary>
public sealed class KeyRotationTests(TestServers servers)
{
    private const int PaymentsMin = 300;

    [Fact]
    public async Task Rotation_TwoProcessesUnderLoad_LosesNothing()
    {
        await using var installation = await Checkout.Install(servers);
        using var first = new Checkout(installation, await installation.StartApi());
        using var second = new Checkout(installation, await installation.StartApi());
        Checkout[] processes = [first, second];
        using var end = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(worker => Load(processes, worker, end.Token)).ToList();

        await Task.Delay(500);
        Assert.Equal(0, (await CommandRun.Run(installation, "keys", "add")).ExitCode);
        await Reencrypted(installation, "k2");
        Assert.Equal(0, (await CommandRun.Run(installation, "keys", "add", "--id", "spring")).ExitCode);
        await Reencrypted(installation, "spring");
        await end.CancelAsync();
        var payments = (await Task.WhenAll(load)).SelectMany(paid => paid).ToList();
        Assert.True(payments.Count > PaymentsMin, $"{payments.Count} payments");

        await Reencrypted(installation, "spring");
        await using var postgres = installation.OpenPostgres();
        var keys = DataKeys.Load(installation.ReadSettings().KeyFile);
        var rows = await Rows(postgres, "SELECT id, request FROM assessments");
        Assert.Equal(payments.Count, rows.Count);
        Assert.All(rows, row => Assert.Contains("buyer@example.com", Encoding.UTF8.GetString(keys.Decrypt(row.Value, AssessmentRow.RequestPlace(row.Key))), StringComparison.Ordinal));
        // Other content is told from the stored one, which has to be read for that.
        foreach (var id in payments.Take(20)) Assert.Equal(HttpStatusCode.Conflict, (await second.Assess(Checkout.Payment(id, minor: 7))).Status);
    }

    [Fact]
    public async Task Reencrypt_KilledHalfway_IsRunAgainToTheEnd()
    {
        await using var installation = await Checkout.Install(servers);
        await using var postgres = installation.OpenPostgres();
        var secrets = await AddFactors(installation, postgres, 20_000);
        await CommandRun.Run(installation, "keys", "add");
        const string Renewed = "SELECT count(*) FROM factors WHERE substring(secret FROM 3 FOR 2) = 'k2'";
        using (var run = CommandRun.Start(installation, "keys", "reencrypt"))
        {
            await Eventually.Holds("some rows are under the new key", async () => await Value<long>(postgres, Renewed) > 0);
            run.Kill();
            await run.End();
        }
        Assert.InRange(await Value<long>(postgres, Renewed), 1, secrets.Count - 1);
        await AllOpen(installation, postgres, secrets);

        var result = await CommandRun.Run(installation, "keys", "reencrypt");
        Assert.Equal((0, true), (result.ExitCode, result.Output.Contains("0 under older keys", StringComparison.Ordinal)));
        Assert.Contains("Never remove the first key, k1", result.Output, StringComparison.Ordinal);
        Assert.Equal(secrets.Count, await Value<long>(postgres, Renewed));
        await AllOpen(installation, postgres, secrets);
    }

    [Fact]
    public async Task Reencrypt_RowChangedMeanwhile_KeepsTheChange()
    {
        await using var installation = await Checkout.Install(servers);
        await using var postgres = installation.OpenPostgres();
        var secrets = await AddFactors(installation, postgres, 2_000);
        // This process has not seen the new key and goes on to write under the old one, as one does for a moment.
        var behind = DataKeys.Parse(await File.ReadAllTextAsync(installation.ReadSettings().KeyFile));
        await CommandRun.Run(installation, "keys", "add");
        var keys = DataKeys.Load(installation.ReadSettings().KeyFile);
        using var end = new CancellationTokenSource();
        var changes = Task.Run(async () =>
        {
            var count = 0;
            for (; !end.IsCancellationRequested; count++)
            {
                var id = secrets.Keys.ElementAt(Random.Shared.Next(secrets.Count));
                secrets[id] = Guid.NewGuid().ToString();
                await Store(postgres, id, behind.Encrypt(Encoding.UTF8.GetBytes(secrets[id]), $"factors.secret:{id}"));
            }
            return count;
        });
        var column = EncryptedColumns.All.Single(candidate => candidate.Table == "factors");
        await using (var locked = await postgres.OpenConnectionAsync())
        await using (await locked.BeginTransactionAsync())
        {
            await using (var command = new NpgsqlCommand("UPDATE factors SET sign_count = 1 WHERE id IN (SELECT id FROM factors LIMIT 1)", locked)) await command.ExecuteNonQueryAsync();
            Assert.True((await new Reencryption(postgres, keys, TimeProvider.System).Run(column, null, CancellationToken.None)).Left > 0);
        }
        await end.CancelAsync();
        Assert.True(await changes > 0);
        Assert.Equal(0, (await new Reencryption(postgres, keys, TimeProvider.System).Run(column, null, CancellationToken.None)).Left);
        await AllOpen(installation, postgres, secrets);
    }

    [Fact]
    public async Task Reencrypt_AllColumns_LeavesNoneAndSkipsWhatWasDeleted()
    {
        await using var installation = await Checkout.Install(servers);
        await using var postgres = installation.OpenPostgres();
        var keys = DataKeys.Load(installation.ReadSettings().KeyFile);
        byte[] Seal(string place) => keys.Encrypt(Encoding.UTF8.GetBytes(place), place);
        var id = Guid.CreateVersion7();
        await Execute(postgres, "INSERT INTO notifications (id, account_id, kind, created_at) VALUES ($1, 'a', 'code', now())", id);
        await Execute(postgres, "INSERT INTO notification_messages (id, notification_id, channel, body, expires_at, next_at) VALUES ($1, $1, 'sms', $2, now(), now())", id, Seal($"notification_messages.body:{id}"));
        await Execute(postgres, "INSERT INTO notification_messages (id, notification_id, channel, expires_at) VALUES ($1, $2, 'sms', now())", Guid.CreateVersion7(), id);
        await Execute(postgres, "INSERT INTO compromises (id, account_id, began_at, frozen_at, opened_by, reason) VALUES ($1, 'a', now(), now(), 'staff-7', $2)", id, Seal($"compromises.reason:{id}"));
        await Execute(postgres, "INSERT INTO recoveries (id, account_id, requested_at, requested_by, reason) VALUES ($1, 'a', now(), 'staff-7', $2)", id, Seal($"recoveries.reason:{id}"));
        for (var number = 0; number < 1_200; number++)
        {
            var (source, name) = ($"/shop {number % 3}", $"e{number}");
            await Execute(postgres, """
                INSERT INTO events (source, id, type, time, received_at, content_hash, body, time_ms, waiting, applied)
                VALUES ($1, $2, 'account.registered', now(), now(), '', $3, 0, false, true)
                """, source, name, Seal($"events.body:{source} {name}"));
        }
        await CommandRun.Run(installation, "keys", "add");
        var result = await CommandRun.Run(installation, "keys", "reencrypt", "--json");
        Assert.True(result.ExitCode == 0, result.Errors);
        var rewritten = result.Json["columns"]!.AsArray().ToDictionary(column => (string)column!["column"]!, column => (int)column!["rewritten"]!);
        Assert.Equal((1_200, 1, 1, 1), (rewritten["events.body"], rewritten["notification_messages.body"], rewritten["compromises.reason"], rewritten["recoveries.reason"]));
        Assert.All(result.Json["columns"]!.AsArray(), column => Assert.Equal(0, (int)column!["left"]!));
        keys.Follow();
        foreach (var (place, value) in await Texts(postgres, "SELECT 'events.body:' || source || ' ' || id, body FROM events UNION ALL SELECT 'compromises.reason:' || id, reason FROM compromises"))
            Assert.Equal(place, Encoding.UTF8.GetString(keys.Decrypt(value, place)));
    }

    [Fact]
    public async Task Reencrypt_ValueMovedToAnotherRowOrAltered_IsReportedAndLeft()
    {
        await using var installation = await Checkout.Install(servers);
        await using var postgres = installation.OpenPostgres();
        var secrets = await AddFactors(installation, postgres, 10);
        var ids = secrets.Keys.Order().ToList();
        await Execute(postgres, "UPDATE factors SET secret = (SELECT secret FROM factors WHERE id = $2) WHERE id = $1", ids[3], ids[4]);
        await Execute(postgres, "UPDATE factors SET secret = set_bit(secret, 8 * octet_length(secret) - 1, 1 - get_bit(secret, 8 * octet_length(secret) - 1)) WHERE id = $1", ids[7]);
        var keys = DataKeys.Load(installation.ReadSettings().KeyFile);
        var rows = (await Rows(postgres, "SELECT id, secret FROM factors")).ToDictionary();
        foreach (var id in new[] { ids[3], ids[7] }) Assert.ThrowsAny<CryptographicException>(() => keys.Decrypt(rows[id], $"factors.secret:{id}"));

        await CommandRun.Run(installation, "keys", "add");
        var result = await CommandRun.Run(installation, "keys", "reencrypt", "--json");
        var factors = result.Json["columns"]!.AsArray().Single(column => (string)column!["column"]! == "factors.secret")!;
        Assert.Equal((1, 8, 2), (result.ExitCode, (int)factors["rewritten"]!, (int)factors["left"]!));
        Assert.Contains((string)factors["firstUnreadable"]!, ids.Select(id => id.ToString()));
    }

    /// <summary>Pays until it ends, and asks for each earlier payment again, at the other process: the first answer comes back, or a conflict where the content differs.</summary>
    private static async Task<List<string>> Load(Checkout[] processes, int worker, CancellationToken ct)
    {
        var paid = new List<(string Id, string Answer)>();
        while (!ct.IsCancellationRequested)
        {
            var id = $"pay_{worker}_{paid.Count}";
            var answer = await processes[paid.Count % 2].Assess(Checkout.Payment(id));
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            paid.Add((id, answer.Lasting));
            var earlier = paid[Random.Shared.Next(paid.Count)];
            var again = await processes[(paid.Count + 1) % 2].Assess(Checkout.Payment(earlier.Id));
            Assert.Equal((HttpStatusCode.OK, earlier.Answer), (again.Status, again.Lasting));
            Assert.Equal(HttpStatusCode.Conflict, (await processes[paid.Count % 2].Assess(Checkout.Payment(earlier.Id, minor: 7))).Status);
        }
        return paid.ConvertAll(payment => payment.Id);
    }

    private static async Task Reencrypted(Installation installation, string key)
    {
        var result = await CommandRun.Run(installation, "keys", "reencrypt", "--json");
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Equal(key, (string)result.Json["key"]!);
        Assert.All(result.Json["columns"]!.AsArray(), column => Assert.Equal(0, (int)column!["left"]!));
    }

    private static async Task<Dictionary<Guid, string>> AddFactors(Installation installation, NpgsqlDataSource postgres, int count)
    {
        var keys = DataKeys.Load(installation.ReadSettings().KeyFile);
        var secrets = Enumerable.Range(0, count).ToDictionary(_ => Guid.CreateVersion7(), number => $"secret {number}");
        await Execute(postgres, "INSERT INTO factors (id, account_id, kind, created_at, secret) SELECT id, 'a', 'totp', now(), secret FROM unnest($1, $2) AS f (id, secret)",
            secrets.Keys.ToArray(), secrets.Select(secret => keys.Encrypt(Encoding.UTF8.GetBytes(secret.Value), $"factors.secret:{secret.Key}")).ToArray());
        return secrets;
    }

    private static Task Store(NpgsqlDataSource postgres, Guid id, byte[] secret) => Execute(postgres, "UPDATE factors SET secret = $2 WHERE id = $1", id, secret);

    private static async Task AllOpen(Installation installation, NpgsqlDataSource postgres, Dictionary<Guid, string> secrets)
    {
        var keys = DataKeys.Load(installation.ReadSettings().KeyFile);
        var rows = await Rows(postgres, "SELECT id, secret FROM factors");
        Assert.Equal(secrets.Count, rows.Count);
        Assert.All(rows, row => Assert.Equal(secrets[row.Key], Encoding.UTF8.GetString(keys.Decrypt(row.Value, $"factors.secret:{row.Key}"))));
    }

    private static async Task<List<KeyValuePair<Guid, byte[]>>> Rows(NpgsqlDataSource postgres, string sql)
    {
        await using var command = postgres.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<KeyValuePair<Guid, byte[]>>();
        while (await reader.ReadAsync()) rows.Add(new(reader.GetGuid(0), reader.GetFieldValue<byte[]>(1)));
        return rows;
    }

    private static async Task<List<(string Place, byte[] Value)>> Texts(NpgsqlDataSource postgres, string sql)
    {
        await using var command = postgres.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<(string, byte[])>();
        while (await reader.ReadAsync()) rows.Add((reader.GetString(0), reader.GetFieldValue<byte[]>(1)));
        return rows;
    }

    private static async Task<T> Value<T>(NpgsqlDataSource postgres, string sql)
    {
        await using var command = postgres.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static async Task Execute(NpgsqlDataSource postgres, string sql, params object[] values)
    {
        await using var command = postgres.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
    }
}
