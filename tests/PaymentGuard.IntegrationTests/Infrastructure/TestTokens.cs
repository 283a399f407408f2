using PaymentGuard.Cli;

namespace PaymentGuard.IntegrationTests.Infrastructure;

/// <summary>Access tokens of an installation.</summary>
internal sealed class TestTokens(string signingKeyFile) : IDisposable
{
    public const string Issuer = "https://identity.test", Audience = "paymentguard";

    private readonly TokenSigner signer = new(File.ReadAllText(signingKeyFile), Issuer, Audience, TimeProvider.System);

    /// <summary>A token of an hour with these scopes, or with checkout's when none are given.</summary>
    public string Sign(params string[] scopes) =>
        signer.Sign("test", scopes.Length > 0 ? scopes : TokenSigner.CheckoutScopes, TimeSpan.FromHours(1));

    /// <summary>As the other, for one person or program.</summary>
    public string SignAs(string subject, params string[] scopes) => signer.Sign(subject, scopes, TimeSpan.FromHours(1));

    public void Dispose() => signer.Dispose();
}
