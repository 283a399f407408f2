using System.Text.Json.Nodes;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.IntegrationTests.SystemTests.Support;

namespace PaymentGuard.IntegrationTests.SystemTests;

/// <summary>PaymentGuard behind a bad line to Redis. Each rule answers the same question and says something else for when it cannot be answered.</summary>
public sealed class BadRedis(TestServers servers) : IAsyncLifetime
{
    /// <summary>What is decided at each merchant while velocities are unknown. The rule set's default, and so the word for "no hit", is challenge.</summary>
    internal static readonly IReadOnlyDictionary<string, string> DecisionUnknown = new Dictionary<string, string>
    {
        ["m_approve"] = "approve", ["m_challenge"] = "challenge", ["m_review"] = "review", ["m_decline"] = "decline",
        ["m_ignore"] = "challenge", ["m_silent"] = "review", ["m_trusted"] = "challenge",
    };

    internal Installation Installation { get; private set; } = null!;

    internal TcpProxy Line { get; private set; } = null!;

    internal Checkout Checkout { get; private set; } = null!;

    internal RedisServer Redis => Installation.Redis;

    public async ValueTask InitializeAsync()
    {
        Installation = await servers.Install();
        Line = new TcpProxy(Redis.Address);
        Installation.UseRedisThrough(Line);
        Installation.WriteRule("policy.yaml", "default: challenge\n");
        foreach (var word in (string[])["approve", "challenge", "review", "decline", "ignore"])
            Installation.AddRule($"limit-{word}", "decline", $"merchant.id = \"m_{word}\" and card.count(24h) >= 3", word);
        Installation.AddRule("limit-silent", "decline", "merchant.id = \"m_silent\" and card.count(24h) >= 3");
        Installation.AddRule("trusted", "approve", "merchant.id = \"m_trusted\" and amount <= 100 EUR and card.count(24h) < 3");
        Checkout = new Checkout(Installation.Client(await Installation.StartApi()));
    }

    public async ValueTask DisposeAsync()
    {
        Checkout?.Dispose();
        if (Installation is not null) await Installation.DisposeAsync();
        if (Line is not null) await Line.DisposeAsync();
    }
}

/// <summary>Redis in trouble: answers come in time and say what is unknown, the rules' authors decide, and recovery needs no restart.</summary>
[Collection(Alone.Name)]
public sealed class DegradedTests(BadRedis service) : IClassFixture<BadRedis>
{
    private const int DeadlineMs = 100, AtLimit = 3;

    // Only what hangs is caught: how exactly the deadline is kept is measured, not asserted, on a machine that does other things as well.
    private static readonly TimeSpan HangMin = TimeSpan.FromSeconds(5);

    private readonly DateTimeOffset start = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(3);

    [Fact]
    public Task Redis_Stopped_DegradesAndRecovers() => DegradesAndRecovers(service.Redis.Kill, () => service.Redis.Start());

    [Fact]
    public Task Redis_AcceptingButSilent_DegradesAndRecovers() => DegradesAndRecovers(Sync(service.Redis.Pause), Sync(service.Redis.Resume));

    [Fact]
    public Task Redis_SlowerThanTheDeadline_DegradesAndRecovers() =>
        DegradesAndRecovers(Sync(() => service.Line.Delay = TimeSpan.FromMilliseconds(300)), Sync(() => service.Line.Delay = TimeSpan.Zero));

    [Fact]
    public Task Redis_Unreachable_DegradesAndRecovers() => DegradesAndRecovers(Sync(service.Line.GoDown), Sync(service.Line.GoUp));

    [Fact]
    public async Task Redis_Full_DegradesAndRecovers()
    {
        using var admin = new RedisAdmin(service.Redis);
        await DegradesAndRecovers(Sync(() => admin.Run("CONFIG", "SET", "maxmemory", "1")), Sync(() => admin.Run("CONFIG", "SET", "maxmemory", "0")));
    }

    [Fact]
    public async Task Redis_Emptied_CountsAreUnknownUntilTheyAreRightAgain()
    {
        using var admin = new RedisAdmin(service.Redis);
        var card = await CardAtLimit();
        admin.Run("FLUSHALL");
        // The emptiness is found within a second; from then on no count may be small.
        await Task.Delay(TimeSpan.FromSeconds(2));
        Assert.Equal("decline", (await Known(card)).Decision);
    }

    [Fact]
    public async Task Redis_ScriptsFlushed_NothingIsUnknown()
    {
        using var admin = new RedisAdmin(service.Redis);
        var card = Bodies.NewName("tok");
        admin.Run("SCRIPT", "FLUSH");
        // More than a log may have before it is compacted, which is what scripts are for.
        for (var attempt = 0; attempt < 200; attempt++) Assert.Empty((await Send("m_ignore", card, start.AddMilliseconds(attempt))).Degraded);
        Assert.Equal("decline", (await Known(card)).Decision);
    }

    private static Func<Task> Sync(Action action) => () =>
    {
        action();
        return Task.CompletedTask;
    };

    private async Task DegradesAndRecovers(Func<Task> begin, Func<Task> end)
    {
        var before = await CardAtLimit();
        var (missed, missedOnce) = (Bodies.NewName("tok"), Bodies.NewName("tok"));
        await begin();
        try
        {
            foreach (var (merchant, decision) in BadRedis.DecisionUnknown) await MustBeUnknown(merchant, decision);
            for (var attempt = 0; attempt < AtLimit; attempt++) await Ask("m_ignore", missed, start.AddSeconds(attempt));
            await Ask("m_ignore", missedOnce, start);
        }
        finally { await end(); }
        Assert.Equal("decline", (await Known(before)).Decision);
        Assert.Equal("decline", (await Known(missed)).Decision);
        Assert.Equal("challenge", (await Known(missedOnce)).Decision);
        Assert.Equal("approve", (await Probes.Known(service.Checkout, Bodies.NewName("tok"), start, At("m_trusted"))).Decision);
    }

    /// <summary>A card with as many attempts as decline the next one.</summary>
    private async Task<string> CardAtLimit()
    {
        var card = Bodies.NewName("tok");
        await Probes.Known(service.Checkout, Bodies.NewName("tok"), start, body => body);
        for (var attempt = 0; attempt < AtLimit; attempt++) Assert.Empty((await Send("m_ignore", card, start.AddSeconds(attempt))).Degraded);
        Assert.Equal("decline", (await Send("m_approve", card, start.AddMinutes(2) + Probes.Reach)).Decision);
        return card;
    }

    private Task<Answer> Known(string card) => Probes.Known(service.Checkout, card, start.AddMinutes(1) + Probes.Reach, At("m_approve"));

    private static Func<JsonObject, JsonObject> At(string merchant) => body => body.With("/merchant/id", merchant);

    /// <summary>With time enough for a slow machine.</summary>
    private async Task<Answer> Send(string merchant, string card, DateTimeOffset time) =>
        (await service.Checkout.Assess(Bodies.Payment(Bodies.NewName("p"), card, merchant: merchant, occurredAt: time))).MustBeDecision();

    /// <summary>With checkout's own deadline.</summary>
    private async Task<Answer> Ask(string merchant, string card, DateTimeOffset time)
    {
        var body = Bodies.Payment(Bodies.NewName("p"), card, merchant: merchant, occurredAt: time, deadlineMs: DeadlineMs);
        var answer = await service.Checkout.Assess(body).WaitAsync(HangMin);
        for (var again = 0; again < 20 && IsTooLate(answer); again++) answer = await service.Checkout.Assess(body).WaitAsync(HangMin);
        return answer.MustBeDecision();
    }

    /// <summary>A late answer is not given; on a busy machine that happens, and whoever asks again gets it.</summary>
    private static bool IsTooLate(Answer answer)
    {
        if (answer is not { Status: 503, Code: "deadline_passed" or "decision_pending" }) return false;
        TestContext.Current.SendDiagnosticMessage("{0}", answer);
        return true;
    }

    private async Task MustBeUnknown(string merchant, string decision)
    {
        var answer = await Ask(merchant, Bodies.NewName("tok"), start);
        Assert.True(answer.Degraded.Contains("velocity.card") && answer.Decision == decision,
            $"At {merchant} it was to be {decision}, the card's velocity unknown: {answer}");
    }
}
