using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PaymentGuard.Cli.Simulation;
using PaymentGuard.Domain.Challenges;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Tests.Cli;

public sealed class StepUpTests : IDisposable
{
    private static readonly Answer.Offer Challenge = new("chl_1");

    private readonly Clock clock = new();
    private readonly Service service;
    private readonly HttpClient http;
    private readonly StepUp stepUp;

    public StepUpTests()
    {
        service = new Service(clock);
        http = new HttpClient(service) { BaseAddress = new Uri("http://service.test") };
        stepUp = new StepUp(http, clock);
    }

    [Fact]
    public async Task Answer_HonestShopperWithApp_RedeemsTheProofOncePerStep()
    {
        Assert.True(await stepUp.Enrol(["a_1"], CancellationToken.None));
        await Pay("a_1");
        await Pay("a_1");
        Assert.Equal((1, 1, 1), (stepUp.Line.Honest, stepUp.Line.Passed, stepUp.Line.NotTried));
        clock.Now += TimeSpan.FromSeconds(30);
        await Pay("a_1");
        Assert.Equal((2, 2, 1), (stepUp.Line.Honest, stepUp.Line.Passed, stepUp.Line.NotTried));
    }

    [Fact]
    public async Task Answer_HonestShopperWithoutApp_IsNotTried()
    {
        await Pay("a_2");
        Assert.Equal((1, 0, 1), (stepUp.Line.Challenged, stepUp.Line.Honest, stepUp.Line.NotTried));
    }

    [Fact]
    public async Task Answer_Attacker_GuessesUntilTheAccountIsLocked()
    {
        service.LastStep = long.MaxValue;      // so that no guess is right by luck
        await Pay("a_1", isFraud: true);
        Assert.Equal((1, 0, FactorLock.FailuresMax), (stepUp.Line.Attacks, stepUp.Line.AttacksPassed, stepUp.Line.GuessesRefused));
    }

    [Fact]
    public async Task Enrol_TokenNotTaken_SaysSo()
    {
        service.TakesToken = false;
        Assert.False(await stepUp.Enrol(["a_1", "a_2"], CancellationToken.None));
    }

    public void Dispose() => http.Dispose();

    private Task Pay(string account, bool isFraud = false) => stepUp.Answer(
        new PaymentAttempt(new PaymentFacts("pay_1", new Money(4_990, "EUR")), new AccountFacts(account)), Challenge, isFraud, CancellationToken.None);

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }

    /// <summary>One account's app, as the service has it: a code counts once.</summary>
    private sealed class Service(TimeProvider clock) : HttpMessageHandler
    {
        private static readonly byte[] Secret = "12345678901234567890"u8.ToArray();
        private readonly OneTimeCode codes = new(Secret);

        public bool TakesToken { get; set; } = true;

        public long LastStep { get; set; } = -1;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            if (!TakesToken) return new HttpResponseMessage(HttpStatusCode.Unauthorized);
            var body = (await request.Content!.ReadFromJsonAsync<JsonObject>(ct))!;
            return request.RequestUri!.AbsolutePath.Split('/')[^1] switch
            {
                "totp" => Ok(new { id = "fct_1", secret = Base32.Write(Secret), uri = "", qr = "" }),
                "confirm" => Accept((string)body["code"]!, new { id = "fct_1" }),
                "answers" => Accept((string)body["totp"]!, new { challengeId = "chl_1", proof = "p", method = "totp", sca = false, expiresAt = clock.GetUtcNow() }),
                "redeem" when (string?)body["proof"] == "p" && (long?)body["payment"]!["amount"]!["minor"] == 4_990 =>
                    Ok(new { challengeId = "chl_1", method = "totp", sca = false, redeemedAt = clock.GetUtcNow() }),
                _ => new HttpResponseMessage(HttpStatusCode.NotFound),
            };
        }

        private HttpResponseMessage Accept(string code, object answer)
        {
            if (codes.Match(code, clock.GetUtcNow(), LastStep) is not { } step) return new HttpResponseMessage(HttpStatusCode.UnprocessableEntity);
            LastStep = step;
            return Ok(answer);
        }

        private static HttpResponseMessage Ok(object answer) => new(HttpStatusCode.OK) { Content = JsonContent.Create(answer) };
    }
}
