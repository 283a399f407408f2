using System.Net;
using System.Text.Json.Nodes;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Accounts;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>From a freeze's answer on, every payment is declined, at every process.</summary>
public sealed class FreezeMidPaymentTests(StepUpService service) : IClassFixture<StepUpService>, IAsyncLifetime
{
    private const int Callers = 50;

    private readonly Installation installation = service.Installation;
    private ApiProcess other = null!;

    /// <summary>A second process on the same stores; it ends with the installation.</summary>
    public async ValueTask InitializeAsync() => other = await installation.StartApi();

    public ValueTask DisposeAsync() => new(other.Kill());

    [Fact]
    public async Task Freeze_WhileFiftyPayAtTwoProcesses_DeclinesAllThatBeginAfterIt()
    {
        using var page = new AccountPage(installation, service.Api);
        using var first = Buyer.New(installation, service.Api);
        using var second = new Buyer(installation, other, first.Account);
        var (isFrozen, after) = (false, 0);
        async Task PayUntilFrozenForLong(int caller)
        {
            for (var turn = 0; Volatile.Read(ref after) < 4 * Callers; turn++)
            {
                var begunAfter = Volatile.Read(ref isFrozen);
                var body = ChallengedPayment.Body(first.Account, $"{first.Account}_of_{caller}_{turn}", minor: turn % 2 == 0 ? 100 : 50_000);
                var answer = await (caller % 2 == 0 ? first : second).Post("/v1/assessments", body);
                // On a busy machine an answer may be late; that is no answer.
                if (answer.Status != HttpStatusCode.OK || !begunAfter) continue;
                Assert.True(answer["decision"] == "decline" || !answer.IsRecorded, answer.Text);
                Interlocked.Increment(ref after);
            }
        }

        var paying = Enumerable.Range(0, Callers).Select(PayUntilFrozenForLong).ToList();
        await Eventually.Holds("some were approved", async () =>
            await first.Count($"SELECT count(*) FROM assessments WHERE account_id = '{first.Account}' AND decision = 'approve'") > 10);
        Assert.Equal(HttpStatusCode.OK, (await page.Freeze(first.Account)).Status);
        Volatile.Write(ref isFrozen, true);
        await Task.WhenAll(paying);
        // What was decided before it may have been recorded beside it; nothing of that can be passed, neither now nor later.
        var (_, recovery) = await page.Post($"/v1/accounts/{first.Account}/recoveries", """{"reason":"came in person"}""", "staff-1", "accounts:recover");
        var open = await OpenChallenges(first);
        TestContext.Current.SendDiagnosticMessage("{0} challenges were recorded beside the freeze", open.Count);
        foreach (var id in open.Take(5)) Buyer.MustRefuse(422, "challenge_refused", await second.Post($"/v1/challenges/{id}/send", new { method = "email" }));
        Assert.Equal(HttpStatusCode.OK, (await page.Post($"/v1/accounts/{first.Account}/recoveries/{recovery!["id"]}/approve", "{}", "staff-2", "accounts:recover")).Status);
        Assert.Empty(await OpenChallenges(first));
    }

    [Fact]
    public async Task Freeze_AtAnotherProcess_CountsHereAtOnce()
    {
        using var page = new AccountPage(installation, other);
        for (var round = 0; round < 10; round++)
        {
            using var buyer = Buyer.New(installation, service.Api);
            var challenged = await ChallengedPayment.Of(installation, buyer);
            Assert.Equal(HttpStatusCode.OK, (await page.Freeze(buyer.Account)).Status);
            var answers = await BuyerSteps.AtOnce(5, call => buyer.Post("/v1/assessments", ChallengedPayment.Body(buyer.Account, $"{buyer.Account}_at_once_{call}", minor: 100)));
            Assert.All(answers, answer => MustBeRecordedDecline(answer));
            Buyer.MustRefuse(422, "challenge_refused", await challenged.Send());
            Buyer.MustRefuse(422, "challenge_refused", await buyer.Post("/v1/challenges", new { paymentId = challenged.Id }));
            Assert.Equal("dead", await challenged.State());
        }
    }

    private async Task<List<string>> OpenChallenges(Buyer buyer)
    {
        await using var postgres = installation.OpenPostgres();
        await using var command = postgres.CreateCommand($"SELECT 'chl_' || replace(id::text, '-', '') FROM challenges WHERE account_id = '{buyer.Account}' AND state IN ('open', 'answered')");
        await using var reader = await command.ExecuteReaderAsync();
        var ids = new List<string>();
        while (await reader.ReadAsync()) ids.Add(reader.GetString(0));
        return ids;
    }

    private static void MustBeRecordedDecline(Answer answer)
    {
        Buyer.Must(HttpStatusCode.OK, answer);
        Assert.Equal(("decline", true), (answer["decision"], answer.IsRecorded));
        Assert.Contains("ACCOUNT_FROZEN", answer.Json["reasons"]!.AsArray().Select(reason => (string)reason!["code"]!));
    }
}
