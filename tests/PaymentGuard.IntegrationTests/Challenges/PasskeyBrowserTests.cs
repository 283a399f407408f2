using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using PaymentGuard.Challenges;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Platform;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>The WebAuthn ceremonies in a real browser, with its virtual authenticator.</summary>
public sealed class PasskeyBrowserTests(TestBrowser browser) : IClassFixture<TestBrowser>, IAsyncLifetime
{
    private const string Account = "a_7";

    private static readonly DataKeys Keys = DataKeys.Parse(DataKeys.NewLine("k1"));

    private readonly byte[] nonce = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] act = SHA256.HashData("10.50 EUR to m_5"u8);
    private BrowserPage page = null!;
    private Passkeys passkeys = null!;
    private PasskeyCredential credential = null!;

    private byte[] Challenge => Passkeys.ChallengeFor(nonce, act);

    /// <summary>A buyer with a passkey.</summary>
    public async ValueTask InitializeAsync()
    {
        page = await browser.OpenPage();
        await page.AddAuthenticator();
        passkeys = new Passkeys(new Settings(name => name == "PAYMENTGUARD_PASSKEY_ORIGINS" ? browser.Origin : null), Keys);
        credential = await Register();
    }

    public async ValueTask DisposeAsync()
    {
        if (page is not null) await page.DisposeAsync();
    }

    [Fact]
    public async Task Passkey_CreatedAndUsedForThePayment_IsAccepted()
    {
        var use = await Read(await page.UsePasskey(await Options()));
        Assert.Equal(0, use!.Index);
        Assert.True(use.SignCount > credential.SignCount);
    }

    [Fact]
    public async Task Passkey_CreatedAgainOnTheSameDevice_IsRefusedByTheBrowser()
    {
        var options = await passkeys.CreationOptions(Account, [credential], RandomNumberGenerator.GetBytes(32));
        Assert.Contains("InvalidStateError", (await Assert.ThrowsAsync<PlaywrightException>(() => page.CreatePasskey(options))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Passkey_PaymentChangedAfterwards_IsRefused()
    {
        var answer = await page.UsePasskey(await Options());
        var changed = Passkeys.ChallengeFor(nonce, SHA256.HashData("1050.00 EUR to m_6"u8));
        Assert.Null(await passkeys.ReadAnswer(answer, changed, Account, [credential]));
        Assert.NotNull(await Read(answer));
    }

    [Fact]
    public async Task Passkey_UsedOnAnotherOrigin_IsRefused()
    {
        await page.GoTo(browser.OtherOrigin);
        Assert.Null(await Read(await page.UsePasskey(await Options())));
        await page.GoTo(browser.Origin);
        Assert.NotNull(await Read(await page.UsePasskey(await Options())));
    }

    [Fact]
    public async Task Passkey_CreatedOnAnotherOrigin_IsRefused()
    {
        await page.GoTo(browser.OtherOrigin);
        var challenge = RandomNumberGenerator.GetBytes(32);
        Assert.Null(await passkeys.ReadCreated(await page.CreatePasskey(await passkeys.CreationOptions("a_8", [], challenge)), challenge, "a_8"));
    }

    /// <summary>The options demand that the device recognises its user; a page that leaves that out gains nothing.</summary>
    [Fact]
    public async Task Passkey_UserNotVerified_IsRefused()
    {
        await page.SetUserVerified(false);
        var options = await Options();
        await Assert.ThrowsAsync<PlaywrightException>(() => page.UsePasskey(Change(options, "timeout", 500)));
        Assert.Null(await Read(await page.UsePasskey(Change(options, "userVerification", "discouraged"))));
    }

    [Fact]
    public async Task Passkey_AnswerRepeated_IsRefusedByItsCount()
    {
        var answer = await page.UsePasskey(await Options());
        var use = await Read(answer);
        Assert.Null(await passkeys.ReadAnswer(answer, Challenge, Account, [credential with { SignCount = use!.SignCount }]));
    }

    [Fact]
    public async Task Passkey_OfAnotherAccount_IsRefused()
    {
        var other = await Register("a_8");
        var answer = await page.UsePasskey(await passkeys.RequestOptions("a_8", [other], Challenge));
        Assert.Null(await Read(answer));
        Assert.Null(await passkeys.ReadAnswer(answer, Challenge, Account, [credential, other]));
        Assert.NotNull(await passkeys.ReadAnswer(answer, Challenge, "a_8", [other]));
    }

    private async Task<PasskeyCredential> Register(string account = Account)
    {
        var challenge = RandomNumberGenerator.GetBytes(32);
        return (await passkeys.ReadCreated(await page.CreatePasskey(await passkeys.CreationOptions(account, [], challenge)), challenge, account))!;
    }

    private Task<string> Options() => passkeys.RequestOptions(Account, [credential], Challenge);

    private Task<PasskeyUse?> Read(string answer) => passkeys.ReadAnswer(answer, Challenge, Account, [credential]);

    private static string Change(string optionsJson, string member, JsonNode value)
    {
        var options = JsonNode.Parse(optionsJson)!;
        options[member] = value;
        return options.ToJsonString();
    }
}
