using System.Text.Json.Nodes;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.IntegrationTests.SystemTests.Support;

namespace PaymentGuard.IntegrationTests.SystemTests;

/// <summary>What operators do to a running service: end it, and change its rules, well and badly.</summary>
[Collection(Alone.Name)]
public sealed class SurvivalTests(TestServers servers) : IAsyncLifetime
{
    private Installation installation = null!;
    private ApiProcess api = null!;
    private TcpProxy line = null!;
    private Checkout checkout = null!;

    public async ValueTask InitializeAsync()
    {
        installation = await servers.Install();
        line = new TcpProxy(installation.Redis.Address);
        installation.UseRedisThrough(line);
        WriteVersion(1);
        api = await installation.StartApi();
        checkout = new Checkout(installation.Client(api));
    }

    public async ValueTask DisposeAsync()
    {
        checkout?.Dispose();
        if (installation is not null) await installation.DisposeAsync();
        if (line is not null) await line.DisposeAsync();
    }

    [Fact]
    public async Task Terminated_WithRequestsInWork_AllAreAnsweredAndStored()
    {
        // Requests stay in work until Redis answers.
        line.Delay = TimeSpan.FromMilliseconds(1_200);
        var asking = Enumerable.Range(0, 50).Select(_ => checkout.Assess(NewPayment())).ToList();
        await Task.Delay(600);
        var stopping = api.Stop();
        var answers = await Task.WhenAll(asking);
        await stopping;
        Assert.All(answers, answer => answer.MustBeDecision());
        line.Delay = TimeSpan.Zero;
        await api.Start();
        await Stored.MustHoldAll(installation, answers);
    }

    [Fact]
    public async Task Terminated_UnderLoad_EveryAnswerGivenIsStored()
    {
        var load = Traffic.ByHttp([checkout], 150, NewPayment);
        await Task.Delay(500);
        await api.Stop();
        var answered = (await load.Stop()).Where(sent => sent.Answer is not null).Select(sent => sent.Answer!).ToList();
        Assert.All(answered, answer => Assert.True(answer.Status is 200 or 503, $"A decision, or a refusal that says to try again: {answer}"));
        await api.Start();
        await Stored.MustHoldAll(installation, [.. answered.Where(answer => answer.Status == 200)]);
    }

    [Fact]
    public async Task Rules_Broken_TheLastGoodSetStays()
    {
        var before = await Ask();
        installation.WriteRule("version.yaml", "id: version\naction: decline\nwhen: crad.count( >= \n");
        await Task.Delay(TimeSpan.FromSeconds(3));
        var during = await Ask();
        Assert.Equal((before.RuleSet, "V_1"), (during.RuleSet, Assert.Single(during.Codes)));
        WriteVersion(2);
        await Eventually.Holds("the corrected rules are in force", async () => (await Ask()).Codes.Contains("V_2"));
    }

    [Fact]
    public async Task Rules_ChangedUnderLoad_EachAnswerIsOfOneVersionAndNoneFails()
    {
        var load = Traffic.ByHttp([checkout], 50, NewPayment);
        for (var version = 2; version <= 4; version++)
        {
            WriteVersion(version);
            await Eventually.Holds($"version {version} is in force", async () => (await Ask()).Codes.Contains($"V_{version}"));
        }
        var answers = (await load.Stop()).Select(sent => sent.Answer!.MustBeDecision()).ToList();
        var codesOf = answers.ToLookup(answer => answer.RuleSet, answer => Assert.Single(answer.Codes));
        Assert.All(codesOf, ruleSet => Assert.Single(ruleSet.Distinct()));
        Assert.Contains(answers, answer => answer.Codes[0] == "V_2");
    }

    private static JsonObject NewPayment() => Bodies.Payment(Bodies.NewName("p"), Bodies.NewName("tok"));

    private async Task<Answer> Ask() => (await checkout.Assess(NewPayment())).MustBeDecision();

    /// <summary>A rule that every payment hits, so that the answer tells its version.</summary>
    private void WriteVersion(int version) =>
        installation.WriteRule("version.yaml", RuleTexts.RuleText($"v-{version}", "observe", "amount > 0 EUR and card.count(10m) >= 0"));
}
