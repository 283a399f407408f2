using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using PaymentGuard.IntegrationTests.SystemTests.Support;

namespace PaymentGuard.IntegrationTests.SystemTests;

/// <summary>Who may ask: only the holder of a token of our issuer, for us, in force, with the route's scope.</summary>
[Collection(nameof(TwoApis))]
public sealed class TokenTests(TwoApis service) : IDisposable
{
    private static readonly string[] Scopes =
        ["risk:assess", "risk:read", "events:write", "challenges:write", "factors:write", "accounts:freeze", "accounts:recover"];
    private static readonly string[] Open = ["/healthz", "/readyz", "/openapi/v1.json"];

    private readonly ForgedTokens forged = new(service.Installation);
    private readonly Checkout stranger = new(new HttpClient { BaseAddress = service.Processes[0].Url });

    public static TheoryData<string> Faults =>
    [
        "alg none", "alg None", "no alg", "HS256", "foreign key", "wrong audience", "no audience", "wrong issuer", "no issuer", "expired", "not yet valid",
        "no exp", "exp as text", "other claims", "cut", "garbage", "three dots", "empty", "20 kB", "ES384",
    ];

    public void Dispose() => stranger.Dispose();

    [Fact]
    public async Task Token_Good_IsTaken()
    {
        (await Assess($"Bearer {forged.Sign(ForgedTokens.Claims)}")).MustBeDecision();
        (await Assess($"bearer {forged.Sign(ForgedTokens.With("exp", ForgedTokens.In(TimeSpan.FromMinutes(1)).ToUnixTimeSeconds()))}")).MustBeDecision();
        (await Assess($"Bearer {forged.Sign(ForgedTokens.With("aud", new JsonArray("other", "paymentguard")))}")).MustBeDecision();
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Token_Faulty_Is401(string fault)
    {
        foreach (var token in Tokens(fault)) MustBe401(await Assess($"Bearer {token}"), fault);
        // Once more: what was refused must not be remembered as taken.
        foreach (var token in Tokens(fault).Take(1)) MustBe401(await Assess($"Bearer {token}"), fault);
    }

    [Fact]
    public async Task Authorization_AbsentOtherOrTwice_Is401()
    {
        var (good, other) = (forged.Sign(ForgedTokens.Claims), ForgedTokens.SignWithForeignKey(ForgedTokens.Claims));
        MustBe401(await Assess(), "none");
        foreach (var value in (string[])["Basic dXNlcjpwYXNz", good, "Bearer", "Bearer ", $"Bearer {good} {good}", $"Bearer {good},Bearer {other}", $"Negotiate {good}"])
            MustBe401(await Assess(value), value[..Math.Min(20, value.Length)]);
        MustBe401(await Assess($"Bearer {good}", $"Bearer {other}"), "good and foreign");
        MustBe401(await Assess($"Bearer {other}", $"Bearer {good}"), "foreign and good");
        MustBe401(await Assess($"Bearer {good}", $"Bearer {good}"), "twice");
    }

    [Fact]
    public async Task Token_InTheAddress_Is401() =>
        MustBe401(await stranger.Post($"{Checkout.Assessments}?access_token={forged.Sign(ForgedTokens.Claims)}", "{}"u8.ToArray()), "in the address");

    [Fact]
    public async Task Routes_All_DemandAScope()
    {
        var routes = await Routes();
        foreach (var known in (string[])["POST /v1/assessments", "GET /v1/assessments/{id}", "POST /v1/events"]) Assert.Contains(routes, route => route.Name == known);
        foreach (var route in routes.Where(route => !Open.Contains(route.Path)))
        {
            MustBe401(await Ask(route), route.Name);
            MustBe403(await Ask(route, Bearer("")), route.Name);
            MustBe403(await Ask(route, Bearer("risk:assessor risk risk:* *")), route.Name);
            var opening = new List<string>();
            foreach (var scope in Scopes)
                if ((await Ask(route, Bearer(scope))).Status is not (401 or 403)) opening.Add(scope);
            string[] expected = route.Name == "POST /v1/accounts/{id}/freeze" ? ["factors:write", "accounts:freeze"] : opening[..Math.Min(1, opening.Count)].ToArray();
            Assert.True(opening.Count > 0 && opening.SequenceEqual(expected), $"{route.Name} is to demand one scope and takes: {string.Join(' ', opening)}");
            if (route.Method == "GET") Assert.Equal("risk:read", opening[0]);
        }
        foreach (var path in Open) Assert.Equal(200, (await stranger.Get(path)).Status);
    }

    private IEnumerable<string> Tokens(string fault)
    {
        var good = forged.Sign(ForgedTokens.Claims);
        return fault switch
        {
            "alg none" => [ForgedTokens.Unsigned(ForgedTokens.Claims, "none"), ForgedTokens.Unsigned(ForgedTokens.Claims, "none") + good.Split('.')[2]],
            "alg None" => [ForgedTokens.Unsigned(ForgedTokens.Claims, "None"), ForgedTokens.Unsigned(ForgedTokens.Claims, "nOnE")],
            "no alg" => [ForgedTokens.Unsigned(ForgedTokens.Claims, "")],
            "HS256" => forged.SignedWithPublicKeyAsSecret(ForgedTokens.Claims),
            "ES384" => [forged.Sign(ForgedTokens.Claims, "ES384"), forged.Sign(ForgedTokens.Claims, "RS256")],
            "foreign key" => [ForgedTokens.SignWithForeignKey(ForgedTokens.Claims)],
            "wrong audience" => [forged.Sign(ForgedTokens.With("aud", "other")), forged.Sign(ForgedTokens.With("aud", "paymentguard-console"))],
            "no audience" => [forged.Sign(ForgedTokens.With("aud", null))],
            "wrong issuer" => [forged.Sign(ForgedTokens.With("iss", "https://identity.test.example"))],
            "no issuer" => [forged.Sign(ForgedTokens.With("iss", null))],
            "expired" =>
            [
                forged.Sign(ForgedTokens.With("exp", ForgedTokens.In(TimeSpan.FromSeconds(-31)).ToUnixTimeSeconds())),
                forged.Sign(ForgedTokens.With("exp", 0)),
            ],
            "not yet valid" => [forged.Sign(ForgedTokens.With("nbf", ForgedTokens.In(TimeSpan.FromMinutes(2)).ToUnixTimeSeconds()))],
            "no exp" => [forged.Sign(ForgedTokens.With("exp", null))],
            "exp as text" => [forged.Sign(ForgedTokens.With("exp", "tomorrow"))],
            "other claims" => [$"{good.Split('.')[0]}.{forged.Sign(ForgedTokens.With("sub", "admin")).Split('.')[1]}.{good.Split('.')[2]}"],
            "cut" => [good[..^4], good[..good.LastIndexOf('.')], good + "A"],
            "garbage" => ["garbage", "%%%.%%%.%%%", "e30.e30.e30"],
            "three dots" => ["...", "....", good + ".a.b"],
            "empty" => [""],
            "20 kB" =>
            [
                new string('a', 20_000),
                $"{new string('a', 10_000)}.{new string('b', 9_000)}.c",
                forged.Sign(ForgedTokens.With("filler", new string('x', 15_000)).With("/aud", "other")),
            ],
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null),
        };
    }

    private string Bearer(string scope) => $"Bearer {forged.Sign(ForgedTokens.With("scope", scope))}";

    private async Task<IReadOnlyList<Route>> Routes()
    {
        var description = (await stranger.Get("/openapi/v1.json")).Json;
        return
        [
            .. from path in description.GetProperty("paths").EnumerateObject()
               from method in path.Value.EnumerateObject()
               let takes = method.Value.TryGetProperty("requestBody", out var body) ? body.GetProperty("content").EnumerateObject().First().Name : null
               select new Route(method.Name.ToUpperInvariant(), path.Name, takes),
        ];
    }

    private Task<Answer> Assess(params string[] authorization) =>
        Ask(new Route("POST", Checkout.Assessments, "application/json"), authorization, Bodies.Payment(Bodies.NewName("p"), Bodies.NewName("tok")));

    private Task<Answer> Ask(Route route, params string[] authorization) => Ask(route, authorization, []);

    private Task<Answer> Ask(Route route, string[] authorization, JsonObject body)
    {
        var request = new HttpRequestMessage(HttpMethod.Parse(route.Method), route.Path.Replace("{id}", "asm_none", StringComparison.Ordinal));
        if (route.ContentType is { } type) request.Content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue(type));
        foreach (var value in authorization) request.Headers.TryAddWithoutValidation("Authorization", value);
        return stranger.Send(request);
    }

    private static void MustBe401(Answer answer, string of)
    {
        answer.MustBeProblem(of);
        Assert.True(answer.Status == 401 && answer.Headers.WwwAuthenticate.Any(challenge => challenge.Scheme == "Bearer"),
            $"{of}: 401 with WWW-Authenticate: Bearer was expected: {answer}");
    }

    private static void MustBe403(Answer answer, string of)
    {
        answer.MustBeProblem(of);
        Assert.True(answer.Status == 403, $"{of}: 403 was expected: {answer}");
    }

    /// <param name="ContentType">Null when it takes no body.</param>
    private sealed record Route(string Method, string Path, string? ContentType)
    {
        public string Name => $"{Method} {Path}";
    }
}
