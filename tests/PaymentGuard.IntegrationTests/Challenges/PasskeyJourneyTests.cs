using System.Net;
using System.Text.Json.Nodes;
using PaymentGuard.IntegrationTests.Accounts;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>A buyer with a browser: he makes a passkey, pays with it, and loses his account.</summary>
public sealed class PasskeyJourneyTests(TestServers servers, TestBrowser browser) : IClassFixture<TestBrowser>
{
    [Fact]
    public async Task Buyer_MakesAPasskeyAndPaysWithIt_UntilHisAccountIsFrozen()
    {
        await using var page = await browser.OpenPage();
        await page.AddAuthenticator();
        await using var installation = await servers.Install();
        installation.WriteRule("above.yaml", "id: above\naction: challenge\nwhen: amount > 100 EUR\nmode: live\n");
        installation.Settings["PAYMENTGUARD_PASSKEY_ORIGINS"] = browser.Origin;
        var api = await installation.StartApi();
        using var buyer = Buyer.New(installation, api);
        using var staff = new AccountPage(installation, api);

        var creation = Buyer.Must(HttpStatusCode.OK, await buyer.Post($"{buyer.Factors}/passkeys/options", new { }));
        var credential = await page.CreatePasskey(creation.Text);
        Buyer.Must(HttpStatusCode.Created, await buyer.Post($"{buyer.Factors}/passkeys", $$"""{"credential":{{credential}}}"""));

        var payment = await ChallengedPayment.Of(installation, buyer);
        var assertion = await page.UsePasskey(await payment.PasskeyOptions());
        var answered = Buyer.Must(HttpStatusCode.OK, await payment.AnswerWith(assertion));
        var claims = ForgedProof.Payload(answered["proof"]!);
        Assert.Equal(("passkey", "true", true), (answered["method"], answered["sca"], (bool)claims["sca"]!));
        Assert.Equal(["passkey"], claims["methods"]!.AsArray().Select(method => (string)method!));
        Buyer.Must(HttpStatusCode.OK, await payment.Redeem(answered["proof"]!));
        Assert.Equal("redeemed", await payment.State());

        var other = await ChallengedPayment.Of(installation, buyer);
        Buyer.MustRefuse(422, "challenge_refused", await other.AnswerWith(assertion));
        await page.GoTo(browser.OtherOrigin);
        Buyer.MustRefuse(422, "challenge_refused", await other.AnswerWith(await page.UsePasskey(await other.PasskeyOptions())));
        await page.GoTo(browser.Origin);
        var last = await page.UsePasskey(await other.PasskeyOptions());
        Assert.Equal(HttpStatusCode.OK, (await staff.Freeze(buyer.Account)).Status);
        Buyer.MustRefuse(422, "challenge_refused", await other.AnswerWith(last));
        Assert.Equal("decline", (await buyer.Post("/v1/assessments", ChallengedPayment.Body(buyer.Account, "frozen", minor: 100)))["decision"]);
    }
}
