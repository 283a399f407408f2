using System.Globalization;
using System.Text;
using Npgsql;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.SystemTests.Support;

/// <summary>What PostgreSQL holds, read past the service.</summary>
internal static class Stored
{
    /// <summary>The stored answer of every payment.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> Answers(Installation installation)
    {
        await using var postgres = installation.OpenPostgres();
        await using var command = postgres.CreateCommand("SELECT payment_id, answer FROM assessments");
        await using var reader = await command.ExecuteReaderAsync();
        var answers = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadAsync()) answers.Add(reader.GetString(0), Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(1)));
        return answers;
    }

    /// <summary>Whether every attempt and every event, but outcomes whose attempt never came, is in the velocity logs.</summary>
    public static async Task<bool> AllApplied(Installation installation) => await Count(installation,
        """
        SELECT (SELECT count(*) FROM assessments WHERE NOT velocity_applied)
             + (SELECT count(*) FROM events WHERE NOT applied AND (NOT waiting OR payment_id IN (SELECT payment_id FROM assessments)))
        """) == 0;

    /// <summary>The bytes of every table's every value.</summary>
    public static async Task<IReadOnlyList<byte[]>> Everything(Installation installation)
    {
        await using var postgres = installation.OpenPostgres();
        await using var connection = await postgres.OpenConnectionAsync();
        await using var tables = new NpgsqlCommand("SELECT string_agg(quote_ident(tablename), ' ') FROM pg_tables WHERE schemaname = 'public'", connection);
        var contents = new List<byte[]>();
        foreach (var table in ((string)(await tables.ExecuteScalarAsync())!).Split(' '))
        {
            await using var content = await connection.BeginRawBinaryCopyAsync($"COPY {table} TO STDOUT (FORMAT BINARY)");
            var bytes = new MemoryStream();
            await content.CopyToAsync(bytes);
            contents.Add(bytes.ToArray());
        }
        return contents;
    }

    public static async Task<long> Count(Installation installation, string sql)
    {
        await using var postgres = installation.OpenPostgres();
        await using var command = postgres.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until PostgreSQL has the answer to each of these payments, as it was given.</summary>
    public static async Task MustHoldAll(Installation installation, IReadOnlyCollection<Answer> given)
    {
        IReadOnlyDictionary<string, string> stored = new Dictionary<string, string>();
        await Eventually.Holds($"PostgreSQL has all {given.Count} answers that were given", async () =>
        {
            stored = await Answers(installation);
            return given.All(answer => stored.ContainsKey(answer.PaymentId));
        }, TimeSpan.FromSeconds(40));
        foreach (var answer in given) Assert.Equal(answer.OnceRecorded, stored[answer.PaymentId]);
    }
}
