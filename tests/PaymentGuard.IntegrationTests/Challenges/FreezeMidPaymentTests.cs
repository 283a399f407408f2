using System.Net;
using System.Text.Json.Nodes;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Accounts;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>From a freeze's answer on, every payment is declined, at every process.</summary>
public sealed class FreezeMidPaymentTests(TestServers servers) : IAsyncLifetime
{
    private const int Callers = 50;

    private Installation installation = null!;
    private ApiProcess[] apis = [];

    public async ValueTask InitializeAsync()
    {
        installation = await servers.Install();
        installation.WriteRule("above.yaml", "id: above\naction: challenge\nwhen: amount > 100 EUR\nmode: live\n");
        apis = [await installation.StartApi(), await installation.StartApi()];
    }

    public ValueTask DisposeAsync() => installation?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Freeze_WhileFiftyPayAtTwoProcesses_DeclinesAllThatBeginAfterIt()
    {
        using var page = new AccountPage(installation, apis[0]);
        using var first = Buyer.New(installation, apis[0]);
        using var second = new Buyer(installation, apis[1], first.Account);
        var (isFrozen, after) = (false, 0);
        async Task PayUntilFrozenForLong(int caller)
        {
            for (var turn = 0; Volatile.Read(ref after) < 4 * Callers; turn++)
            {
                var begunAfter = Volatile.Read(ref isFrozen);
                var answer = await (caller % 2 == 0 ? first : second).Post("/v1/assessments", ChallengedPayment.Body(first.Account, $"{first.Account}_{caller}_{turn}", minor: turn % 2 == 0 ? 100 : 50_000));
                // On a busy machine an answer may be late; that is no answer.
                if (answer.Status != HttpStatusCode.OK || !begunAfter) continue;
                Assert.True(answer["decision"] == "decline" || !answer.IsRecorded, answer.Text);
                Interlocked.Increment(ref after);
            }
        }

        var paying = Enumerable.Range(0, Callers).Select(PayUntilFrozenForLong).ToList();
        await Eventually.Holds("some were approved", async () => await first.Count($"SELECT count(*) FROM assessments WHERE account_id = '{first.Account}' AND decision = 'approve'") > 10);
        Assert.Equal(HttpStatusCode.OK, (await page.Freeze(first.Account)).Status);
        Volatile.Write(ref isFrozen, true);
        await Task.WhenAll(paying);
        // No challenge has outlived it either, of whichever process.
        Assert.Equal(0, await first.Count($"SELECT count(*) FROM challenges WHERE account_id = '{first.Account}' AND state IN ('open', 'answered') AND created_at > (SELECT frozen_at FROM accounts WHERE id = '{first.Account}')"));
    }

    [Fact]
    public async Task Freeze_AtAnotherProcess_CountsHereAtOnce()
    {
        using var page = new AccountPage(installation, apis[1]);
        for (var round = 0; round < 10; round++)
        {
            using var buyer = Buyer.New(installation, apis[0]);
            var challenged = await ChallengedPayment.Of(installation, buyer);
            Assert.Equal(HttpStatusCode.OK, (await page.Freeze(buyer.Account)).Status);
            var answers = await BuyerSteps.AtOnce(5, call => buyer.Post("/v1/assessments", ChallengedPayment.Body(buyer.Account, $"{buyer.Account}_{call}", minor: 100)));
            Assert.All(answers, answer => MustBeRecordedDecline(answer));
            Buyer.MustRefuse(422, "challenge_refused", await challenged.Send());
            Buyer.MustRefuse(422, "challenge_refused", await buyer.Post("/v1/challenges", new { paymentId = challenged.Id }));
            Assert.Equal("dead", await challenged.State());
        }
    }

    private static void MustBeRecordedDecline(Answer answer)
    {
        Buyer.Must(HttpStatusCode.OK, answer);
        Assert.Equal(("decline", true), (answer["decision"], answer.IsRecorded));
        Assert.Contains("ACCOUNT_FROZEN", answer.Json["reasons"]!.AsArray().Select(reason => (string)reason!["code"]!));
    }
}
