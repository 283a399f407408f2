using PaymentGuard.Cli;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Cli.Simulation;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Platform;

namespace PaymentGuard.IntegrationTests.Cli;

/// <summary>What <c>deploy/run</c> does, from the first server to the last line of the demonstration.</summary>
[Collection(Alone.Name)]
public sealed class LocalSetupTests(TestServers servers)
{
    [Fact]
    public async Task Up_EmptyFolder_DecidesSimulatedPaymentsAndLeavesNothingBehind()
    {
        var folder = servers.NewFolder("setup");
        var setup = new LocalSetup(folder, TimeProvider.System, _ => { });
        try
        {
            var settings = await setup.Up(CancellationToken.None);
            Assert.All(settings, setting => Assert.Contains($"{setting.Key}='{setting.Value}'", File.ReadLines(setup.EnvironmentFile)));
            var report = await Simulate(settings);
            Assert.Equal(0, report.Undecided);
            Assert.Equal(report.Payments, report.Published);
            Assert.Equal(report.Payments, report.ByHttp + report.ByKafka);
            Assert.Equal(AttackTraffic.Kinds, report.Attacks.Count);
            Assert.Equal(5, report.Examples.Count);
            Assert.True(report.StepUp is { Apps: > 0, AttacksPassed: 0 } stepUp && stepUp.Passed == stepUp.Honest, $"{report.StepUp}");
        }
        finally { await setup.Down(clean: true); }
        Assert.False(Directory.Exists(folder));
    }

    private static Task<SimulationReport> Simulate(IReadOnlyDictionary<string, string> settings)
    {
        var traffic = new TrafficPlan(Payments: 300, Seed: 1, "test", TimeProvider.System.GetUtcNow()).Make();
        var api = new ApiAccess(new Uri(settings["PAYMENTGUARD_API"]), settings["PAYMENTGUARD_TOKEN"]);
        using var signer = TokenSigner.Create(new Settings(settings.GetValueOrDefault), TimeProvider.System);
        var pageToken = signer.Sign("account-page", StepUp.TokenScopes, TimeSpan.FromMinutes(10));
        return TrafficSender.Simulate(traffic, api, pageToken, settings["PAYMENTGUARD_KAFKA"], "test", () => { }, TestContext.Current.CancellationToken);
    }
}
