using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>One PaymentGuard that challenges payments above 100 EUR; each test uses an account of its own.</summary>
public sealed class StepUpService(TestServers servers) : IAsyncLifetime
{
    internal Installation Installation { get; private set; } = null!;

    internal ApiProcess Api { get; private set; } = null!;

    internal Buyer NewBuyer() => Buyer.New(Installation, Api);

    public async ValueTask InitializeAsync()
    {
        Installation = await servers.Install();
        Installation.WriteRule("above.yaml", """
            id: above
            action: challenge
            when: amount > 100 EUR
            mode: live
            """);
        Api = await Installation.StartApi();
    }

    public async ValueTask DisposeAsync()
    {
        if (Installation is not null) await Installation.DisposeAsync();
    }
}
