using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;

namespace PaymentGuard.IntegrationTests.Infrastructure;

/// <summary>
/// Debian's Chromium, without a window, and a server of an empty page for it. A fixture of a test class, so that the class starts one; its tests take
/// pages from <see cref="OpenPage"/>, each of which knows nothing of the others.
/// </summary>
public sealed class TestBrowser : IAsyncLifetime
{
    private const string Executable = "/usr/bin/chromium";

    private WebApplication? server;
    private IPlaywright? playwright;
    private IBrowser? browser;
    private string[] origins = [];

    /// <summary>Where the page comes from, such as <c>http://localhost:40123</c>; the domain is one that browsers trust without a certificate.</summary>
    internal string Origin => origins[0];

    /// <summary>The same page from another port: to a browser of the same domain, but another origin.</summary>
    internal string OtherOrigin => origins[1];

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Executable)) return;
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => { for (var port = 0; port < 2; port++) kestrel.Listen(IPAddress.Loopback, 0); });
        server = builder.Build();
        server.Run(context =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            return context.Response.WriteAsync("<!doctype html><html lang=en><title>Account</title></html>");
        });
        await server.StartAsync();
        origins = [.. server.Urls.Select(url => $"http://localhost:{new Uri(url).Port}")];
        playwright = await Playwright.CreateAsync();
        // Chromium's own sandbox refuses to run as root.
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Executable, ChromiumSandbox = !Environment.IsPrivilegedProcess });
    }

    /// <summary>The page, in a profile of its own. Skips the test where there is no Chromium.</summary>
    internal async Task<BrowserPage> OpenPage()
    {
        Assert.SkipWhen(browser is null, $"{Executable} is not installed; deploy/test installs it.");
        var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();
        await page.GotoAsync(Origin);
        return new BrowserPage(page, await context.NewCDPSessionAsync(page));
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.CloseAsync();
        playwright?.Dispose();
        if (server is not null) await server.DisposeAsync();
    }
}

/// <summary>A page in the browser; <see cref="AddAuthenticator"/> gives it a device to keep passkeys on.</summary>
internal sealed class BrowserPage(IPage page, ICDPSession devTools) : IAsyncDisposable
{
    private const string CreateScript = """
        async options => JSON.stringify(await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(options)) }))
        """;

    private const string GetScript = """
        async options => JSON.stringify(await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options)) }))
        """;

    private string? authenticator;

    /// <summary>Adds a virtual authenticator as it is built into telephones: it keeps passkeys and verifies its user, who always agrees at once.</summary>
    public async Task AddAuthenticator()
    {
        await devTools.SendAsync("WebAuthn.enable");
        var added = await devTools.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });
        authenticator = added!.Value.GetProperty("authenticatorId").GetString();
    }

    /// <summary>Whether the device recognises its user from now on.</summary>
    public Task SetUserVerified(bool isVerified) =>
        devTools.SendAsync("WebAuthn.setUserVerified", new() { ["authenticatorId"] = authenticator!, ["isUserVerified"] = isVerified });

    public Task GoTo(string url) => page.GotoAsync(url);

    /// <summary>Calls <c>navigator.credentials.create</c>. A refusal of the browser is a <see cref="PlaywrightException"/> that names the DOM error.</summary>
    /// <returns>The credential as JSON, as a page sends it.</returns>
    public Task<string> CreatePasskey(string optionsJson) => page.EvaluateAsync<string>(CreateScript, optionsJson);

    /// <summary>Calls <c>navigator.credentials.get</c>, as <see cref="CreatePasskey"/> does.</summary>
    public Task<string> UsePasskey(string optionsJson) => page.EvaluateAsync<string>(GetScript, optionsJson);

    public async ValueTask DisposeAsync() => await page.Context.CloseAsync();
}
