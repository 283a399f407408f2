using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PaymentGuard.Platform;

namespace PaymentGuard.Tests.Platform;

public sealed class AccessTokensTests : IDisposable
{
    private readonly string keyFile = Path.GetTempFileName();

    [Fact]
    public async Task Fallback_RouteThatDemandsNoScope_IsRefusedToAll()
    {
        var route = new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse("/v1/forgotten"), 0, null, null);
        Assert.False(await MayCall(route, string.Join(' ', Scopes.All)));
    }

    [Fact]
    public async Task Fallback_NoRouteOfOurs_GoesOnToBeToldSo() => Assert.True(await MayCall(null, ""));

    [Theory]
    [InlineData("risk:assess", true)]
    [InlineData("risk:read risk:assess", true)]
    [InlineData("risk:assessment", false)]
    [InlineData("risk", false)]
    [InlineData("", false)]
    public async Task Policy_OfAScope_TakesExactlyIt(string scope, bool expected)
    {
        var services = Services();
        Assert.Equal(expected, (await services.GetRequiredService<IAuthorizationService>().AuthorizeAsync(User(scope), null, Scopes.Assess)).Succeeded);
    }

    [Fact]
    public void PublicKeys_SeveralOnP256_AreAllRead()
    {
        File.WriteAllText(keyFile, NewKey(ECCurve.NamedCurves.nistP256) + "\n" + NewKey(ECCurve.NamedCurves.nistP256));
        Assert.Equal(2, AccessTokens.PublicKeys(keyFile).Count);
    }

    [Fact]
    public void PublicKeys_OtherCurveOrNone_IsRefused()
    {
        File.WriteAllText(keyFile, NewKey(ECCurve.NamedCurves.nistP384));
        Assert.Throws<SettingException>(() => AccessTokens.PublicKeys(keyFile));
        File.WriteAllText(keyFile, "no key");
        Assert.Throws<SettingException>(() => AccessTokens.PublicKeys(keyFile));
        Assert.Throws<SettingException>(() => AccessTokens.PublicKeys(keyFile + ".missing"));
    }

    public void Dispose() => File.Delete(keyFile);

    private async Task<bool> MayCall(Endpoint? endpoint, string scope)
    {
        var services = Services();
        var context = new DefaultHttpContext();
        context.SetEndpoint(endpoint);
        var fallback = services.GetRequiredService<IOptions<AuthorizationOptions>>().Value.FallbackPolicy!;
        return (await services.GetRequiredService<IAuthorizationService>().AuthorizeAsync(User(scope), context, fallback)).Succeeded;
    }

    private ServiceProvider Services()
    {
        File.WriteAllText(keyFile, NewKey(ECCurve.NamedCurves.nistP256));
        var settings = new Settings(name => name == "PAYMENTGUARD_PUBLIC_KEY" ? keyFile : "test");
        return new ServiceCollection().AddLogging().AddAccessTokens(settings).BuildServiceProvider();
    }

    private static ClaimsPrincipal User(string scope) => new(new ClaimsIdentity([new Claim("scope", scope)], "test"));

    private static string NewKey(ECCurve curve)
    {
        using var key = ECDsa.Create(curve);
        return key.ExportSubjectPublicKeyInfoPem();
    }
}
