using System.Net.Http.Headers;
using PaymentGuard.Platform;

namespace PaymentGuard.Cli;

/// <summary>The running PaymentGuard that a command calls: <c>PAYMENTGUARD_API</c> (its URL) and <c>PAYMENTGUARD_TOKEN</c>.</summary>
internal sealed record ApiAccess(Uri Address, string Token)
{
    public static ApiAccess FromEnvironment() => new(
        Uri.TryCreate(Read("PAYMENTGUARD_API"), UriKind.Absolute, out var address) ? address : throw new SettingException("PAYMENTGUARD_API is no URL."),
        Read("PAYMENTGUARD_TOKEN"));

    /// <summary>A client that carries the token; the caller disposes it.</summary>
    public HttpClient Open(TimeSpan timeout) => new()
    {
        BaseAddress = Address, Timeout = timeout, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token) },
    };

    private static string Read(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : throw new SettingException($"{name} is not set. deploy/run writes it to .run/env, which deploy/paymentguard reads.");
}
