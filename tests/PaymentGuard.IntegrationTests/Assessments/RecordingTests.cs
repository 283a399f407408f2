using System.Collections.Concurrent;
using System.Net;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Assessments;

/// <summary>No answer that a client saw is ever lost or contradicted, whatever stops.</summary>
[Collection(Alone.Name)]
public sealed class RecordingTests(TestServers servers)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Assess_PostgresStopsUnderLoadAndReturns_EveryAnswerIsStoredOnce(bool hangs)
    {
        await using var installation = await Checkout.Install(servers, ownPostgres: true);
        using var checkout = new Checkout(installation, await installation.StartApi());
        var given = new ConcurrentDictionary<string, Answer>();
        using var load = new Load(checkout, given);
        await Eventually.Holds("answers are recorded", () => Task.FromResult(given.Values.Any(answer => answer.IsRecorded)));
        if (hangs) installation.Postgres.Pause(); else await installation.Postgres.Kill();
        await Eventually.Holds("answers go on unrecorded", () => Task.FromResult(given.Values.Count(answer => !answer.IsRecorded) > 200));
        var unrecorded = given.Values.First(answer => !answer.IsRecorded);
        Assert.Equal(unrecorded.Text, (await checkout.Get(unrecorded["id"]!)).Text);
        Assert.Equal(unrecorded.Text, (await checkout.Assess(Checkout.Payment(unrecorded["paymentId"]!))).Text);
        var conflict = await checkout.Assess(Checkout.Payment(unrecorded["paymentId"]!, minor: 5));
        Assert.Equal((HttpStatusCode.Conflict, "/payment/amount/minor"), (conflict.Status, conflict.Pointers.Single()));
        if (hangs) installation.Postgres.Resume(); else await installation.Postgres.Start();
        await Eventually.Holds("answers are recorded again", async () => (await checkout.Assess(Checkout.Payment($"again_{Guid.NewGuid()}"))) is { Status: HttpStatusCode.OK, IsRecorded: true });
        await load.Stop();
        await AssertAllStored(installation, given);
        Assert.Equal(unrecorded.Lasting, (await checkout.Assess(Checkout.Payment(unrecorded["paymentId"]!))).Text);
    }

    [Fact]
    public async Task Assess_PostgresAway_TwoProcessesGiveOneAnswer()
    {
        await using var installation = await Checkout.Install(servers, ownPostgres: true);
        using var first = new Checkout(installation, await installation.StartApi());
        using var second = new Checkout(installation, await installation.StartApi());
        await installation.Postgres.Kill();
        var given = new ConcurrentDictionary<string, Answer>();
        for (var payment = 0; payment < 20; payment++)
        {
            var json = Checkout.Payment($"pay_{payment}", deadlineMs: 2_000);
            var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(request => (request % 2 == 0 ? first : second).Assess(json)));
            Assert.All(answers, answer => Assert.True(answer.Status == HttpStatusCode.OK || answer["code"] == "decision_pending", answer.Text));
            given[$"pay_{payment}"] = Assert.Single(answers.Where(answer => answer.Status == HttpStatusCode.OK).DistinctBy(answer => answer.Text));
        }
        await installation.Postgres.Start();
        await AssertAllStored(installation, given);
    }

    [Fact]
    public async Task Assess_ProcessKilledUnderLoad_NoAnswerIsMissing()
    {
        await using var installation = await Checkout.Install(servers, ownPostgres: true);
        var given = new ConcurrentDictionary<string, Answer>();
        for (var kill = 0; kill < 6; kill++)
        {
            // Every other time PostgreSQL is away, so that the killed process leaves a spool behind.
            var api = await installation.StartApi();
            using var checkout = new Checkout(installation, api);
            if (kill % 2 == 1) await installation.Postgres.Kill();
            using var load = new Load(checkout, given);
            var before = given.Count;
            await Eventually.Holds("answers come", () => Task.FromResult(given.Count > before + 100));
            await api.Kill();
            await load.Stop();
            if (kill % 2 == 1) await installation.Postgres.Start();
        }
        await installation.StartApi();
        await AssertAllStored(installation, given);
    }

    [Fact]
    public async Task Stop_WithUnrecordedAnswers_TheNextProcessStoresThem()
    {
        await using var installation = await Checkout.Install(servers, ownPostgres: true);
        var api = await installation.StartApi();
        using var checkout = new Checkout(installation, api);
        await installation.Postgres.Kill();
        var answer = await checkout.Assess(Checkout.Payment("pay_1"));
        Assert.False(answer.IsRecorded);
        await api.Stop();
        await installation.Postgres.Start();
        using var next = new Checkout(installation, await installation.StartApi());
        await Eventually.Holds("it is recorded", async () => (await next.Get(answer["id"]!)) is { Status: HttpStatusCode.OK, IsRecorded: true } stored && stored.Text == answer.Lasting);
    }

    private static async Task AssertAllStored(Installation installation, ConcurrentDictionary<string, Answer> given)
    {
        await Eventually.Holds("the spool is empty", () => Task.FromResult(SpooledBytes(installation) == 0), TimeSpan.FromSeconds(30));
        await using var postgres = installation.OpenPostgres();
        await using var command = postgres.CreateCommand("SELECT payment_id, convert_from(answer, 'UTF8') FROM assessments");
        await using var reader = await command.ExecuteReaderAsync();
        var stored = new Dictionary<string, string>();
        while (await reader.ReadAsync()) stored.Add(reader.GetString(0), reader.GetString(1));
        foreach (var (payment, answer) in given) Assert.Equal(answer.Lasting, stored.GetValueOrDefault(payment));
    }

    private static long SpooledBytes(Installation installation) =>
        Directory.GetFiles(Path.Combine(installation.Folder, "spool")).Sum(file => new FileInfo(file).Length);

    /// <summary>Eight clients that pay on and on; what they saw with status 200 is kept.</summary>
    private sealed class Load : IDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly Task clients;

        public Load(Checkout checkout, ConcurrentDictionary<string, Answer> given) =>
            clients = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Pay(checkout, given))));

        public async Task Stop()
        {
            await stop.CancelAsync();
            await clients;
        }

        public void Dispose() => stop.Dispose();

        private async Task Pay(Checkout checkout, ConcurrentDictionary<string, Answer> given)
        {
            while (!stop.IsCancellationRequested)
                try
                {
                    var id = $"pay_{Guid.NewGuid()}";
                    var answer = await checkout.Assess(Checkout.Payment(id, deadlineMs: 200));
                    if (answer.Status == HttpStatusCode.OK) given[id] = answer;
                    else await Task.Delay(5);
                }
                catch (HttpRequestException) { await Task.Delay(20); }
        }
    }
}
