using PaymentGuard.Cli.LocalServers;

namespace PaymentGuard.IntegrationTests.SystemTests.Support;

/// <summary>Test vectors that lie beside the source tree.</summary>
internal static class SharedFiles
{
    /// <summary>The path of a file such as <c>vectors/json/parsing.jsonl</c>; where it is absent the test is skipped, with the reason.</summary>
    public static string Get(string path)
    {
        var found = Repository.Shared(path);
        Assert.SkipWhen(found is null, $"Set PAYMENTGUARD_SHARED to the folder that holds {path}.");
        return found!;
    }
}
