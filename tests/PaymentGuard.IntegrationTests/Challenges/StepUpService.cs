using System.Security.Cryptography;
using PaymentGuard.Challenges;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Platform;

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

    /// <summary>The code that was sent to confirm an address; only its hash is kept, so all codes are tried.</summary>
    internal async Task<string> ConfirmationCode(string factorId)
    {
        var id = Guid.ParseExact(factorId["fct_".Length..], "N");
        var hash = (byte[])(await AssessmentTests.Scalar(Installation, $"SELECT code_hash FROM factors WHERE id = '{id}'"))!;
        var hashes = new CodeHashes(DataKeys.Load(Installation.ReadSettings().KeyFile));
        return Enumerable.Range(0, 1_000_000).Select(number => number.ToString("D6")).First(code => CryptographicOperations.FixedTimeEquals(hashes.OfSentCode(id, code), hash));
    }

    public async ValueTask DisposeAsync()
    {
        if (Installation is not null) await Installation.DisposeAsync();
    }
}
