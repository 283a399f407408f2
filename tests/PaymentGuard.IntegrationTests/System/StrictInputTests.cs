using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.IntegrationTests.SystemTests.Support;

namespace PaymentGuard.IntegrationTests.SystemTests;

/// <summary>Whatever is sent: a decision, or a refusal that names the place; never a failure of ours.</summary>
[Collection(nameof(TwoApis))]
public sealed class StrictInputTests(TwoApis service)
{
    private static readonly string[] Required =
        ["/payment", "/payment/id", "/payment/amount", "/payment/amount/minor", "/payment/amount/currency", "/account", "/account/id"];
    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 8 };
    private static readonly DateTimeOffset Time = TimeProvider.System.GetUtcNow();

    private Checkout Checkout => service.Checkouts[0];

    [Fact]
    public async Task Body_EveryJsonVector_IsRefused()
    {
        foreach (var line in File.ReadLines(SharedFiles.Get("vectors/json/parsing.jsonl")))
        {
            var vector = JsonSerializer.Deserialize<JsonElement>(line);
            var (name, document) = (vector.GetProperty("name").GetString()!, vector.GetProperty("base64").GetBytesFromBase64());
            var expected = document.Length > Checkout.BytesMax ? 413 : 400;
            Assert.Equal(expected, (await Checkout.Assess(document)).MustBeProblem(name).Status);
            Assert.Equal(expected, (await Checkout.SendEvent(document)).MustBeProblem(name).Status);
            byte[] inField = [.. "{\"unknown\":"u8, .. document, .. "}"u8];
            var refusal = (await Checkout.Assess(inField)).MustBeProblem($"{name} as a field");
            if (name.StartsWith('y')) Assert.Contains("/unknown", refusal.Pointers);
        }
    }

    [Fact]
    public async Task Texts_EveryNaughtyStringInEveryField_IsDecidedOrRefusedWithItsPlace()
    {
        var strings = JsonSerializer.Deserialize<string[]>(await File.ReadAllTextAsync(SharedFiles.Get("vectors/json/naughty-strings.json")))!;
        var pointers = TextPointers().ToList();
        var cases = strings.SelectMany(text => pointers.Select(pointer => (text, pointer)));
        await Parallel.ForEachAsync(cases, AtOnce, async (one, _) =>
        {
            var answer = await service.Checkouts[one.pointer.Length % 2].Assess(Bodies.FullPayment(Bodies.NewName("n")).With(one.pointer, one.text));
            if (answer.Status == 200) Assert.Equal(one.pointer == "/payment/id" ? one.text : answer.PaymentId, answer.PaymentId);
            // Some strings stand there twice: then the payment has another card.
            else if (answer.Status != 409) MustName([one.pointer], answer, $"{one.text} at {one.pointer}");
        });
    }

    [Fact]
    public async Task Events_EveryNaughtyStringInEveryAttribute_IsTakenOrRefusedWithItsPlace()
    {
        var strings = JsonSerializer.Deserialize<string[]>(await File.ReadAllTextAsync(SharedFiles.Get("vectors/json/naughty-strings.json")))!;
        string[] pointers = ["/source", "/id", "/type", "/time", "/subject", "/myextension", "/datacontenttype", "/data/payment/id", "/data/account/id"];
        var cases = strings.SelectMany(text => pointers.Select(pointer => (text, pointer)));
        await Parallel.ForEachAsync(cases, AtOnce, async (one, _) =>
        {
            var answer = await Checkout.SendEvent(Bodies.Outcome("payment.captured", Bodies.NewName("n"), Time).With(one.pointer, one.text));
            // Some strings stand there twice: then the event has another payment.
            if (answer.Status != 202 && (answer.Status, one.pointer) is not (409, "/id")) MustName([one.pointer], answer, $"{one.text} at {one.pointer}");
        });
    }

    [Fact]
    public async Task Fields_MissingOrNull_RefusedWhereRequired()
    {
        var body = Bodies.FullPayment(Bodies.NewName("p"));
        foreach (var pointer in Required)
        {
            await MustRefuse(body.With(pointer, null), pointer);
            await MustRefuse(Text(body).Replace($"{Text(At(body, pointer))}", "null", StringComparison.Ordinal), pointer);
        }
        foreach (var pointer in Bodies.Leaves(body).Except(Required).Concat(["/merchant", "/card", "/device", "/shipping", "/billing"]))
        {
            var mine = Bodies.FullPayment(Bodies.NewName("p"));
            (await Checkout.Assess(mine.With(pointer, null))).MustBeDecision();
            (await Checkout.Assess(WithRaw(mine, pointer, "null").Utf8())).MustBeDecision();
        }
    }

    [Fact]
    public async Task Fields_UnknownTwiceOrMistyped_RefusedWithTheirPlaces()
    {
        var body = Bodies.FullPayment(Bodies.NewName("p"));
        string[] objects = ["/payment", "/payment/amount", "/merchant", "/account", "/card", "/device", "/shipping", "/billing"];
        foreach (var place in objects.Prepend("")) await MustRefuse(body.With($"{place}/unknown", 1), $"{place}/unknown");
        foreach (var pointer in Bodies.Leaves(body).Concat(objects))
        {
            await MustRefuse(WithRaw(body, pointer, $"{Text(At(body, pointer))},\"{pointer.Split('/')[^1]}\":{Text(At(body, pointer))}"), pointer);
            string[] others = ["true", "[]", "[\"a\"]", At(body, pointer) is JsonObject ? "\"a\"" : "{}"];
            foreach (var other in others) await MustRefuse(WithRaw(body, pointer, other), pointer);
        }
        foreach (var pointer in TextPointers()) await MustRefuse(WithRaw(body, pointer, "1"), pointer);
        await MustRefuse(body.With("/unknown", 1).With("/payment/amount/minor", "12").With("/account/id", null), "/account/id", "/payment/amount/minor", "/unknown");
    }

    [Theory]
    [InlineData("/payment/amount/minor", "-1", "1000000000001", "9223372036854775808", "1e400", "12.5", "\"12\"", "01")]
    [InlineData("/payment/amount/currency", "\"EURO\"", "\"eur\"", "\"XXQ\"", "\"\"", "\"€\"")]
    [InlineData("/payment/occurredAt", "\"2099-01-01T00:00:00Z\"", "\"2026-02-30T00:00:00Z\"", "\"yesterday\"", "\"2026-01-21T10:00:00\"", "0")]
    [InlineData("/payment/id", "\"\"", "\"\\u0000\"", "\"\\ud800\"")]
    [InlineData("/account/email", "\"nobody\"", "\"\"")]
    [InlineData("/card/last4", "\"123\"", "\"12a4\"", "\"12345\"")]
    [InlineData("/card/bin", "\"62220\"", "\"bin\"")]
    [InlineData("/device/ip", "\"256.1.1.1\"", "\"::g\"", "\"1\"")]
    [InlineData("/card/country", "\"cn\"", "\"CHN\"")]
    [InlineData("/merchant/category", "\"57\"", "\"abcd\"")]
    [InlineData("/deadlineMs", "9", "2001", "-1", "10.5", "\"100\"")]
    public async Task Values_OutOfRange_RefusedWithTheirPlace(string pointer, params string[] values)
    {
        foreach (var value in values)
        {
            var refusal = (await Checkout.Assess(WithRaw(Bodies.FullPayment(Bodies.NewName("p")), pointer, value).Utf8())).MustBeProblem($"{pointer} {value}");
            Assert.True(refusal.Pointers.Contains(pointer) || refusal.Code == "invalid_json", $"{pointer} {value}: the place is not named: {refusal}");
        }
    }

    [Fact]
    public async Task Values_AtTheirBounds_AreTaken()
    {
        (string, JsonNode)[] bounds =
        [
            ("/payment/amount/minor", 0), ("/payment/amount/minor", 1_000_000_000_000), ("/deadlineMs", 2_000), ("/payment/id", new string('x', 128)),
            ("/payment/occurredAt", "1970-01-01T00:00:00Z"), ("/payment/amount/currency", "KWD"), ("/device/ip", "2001:db8::1"),
        ];
        foreach (var (pointer, value) in bounds) (await Checkout.Assess(Bodies.FullPayment(Bodies.NewName("p")).With(pointer, value))).MustBeDecision();
    }

    [Fact]
    public async Task CardNumber_InAnyField_IsRefusedAndNowhereRepeated()
    {
        string[] numbers = ["4111111111111111", "4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "see 6011111111111117."];
        foreach (var pointer in TextPointers().Except(["/account/phone"]))
            foreach (var number in numbers) await MustRefuseCard(Bodies.FullPayment(Bodies.NewName("p")).With(pointer, number), pointer);
        await MustRefuseCard(Bodies.FullPayment(Bodies.NewName("p")).With("/card/number", "4111111111111111"), "/card/number");
        var asAmount = await Checkout.Assess(Bodies.FullPayment(Bodies.NewName("p")).With("/payment/amount/minor", 4111111111111111));
        MustName(["/payment/amount/minor"], asAmount, "a card number as an amount");
        Assert.DoesNotContain("41111111", asAmount.Text, StringComparison.Ordinal);
        (await Checkout.Assess(Bodies.FullPayment(Bodies.NewName("p")).With("/account/phone", "4111111111111111"))).MustBeDecision();
        foreach (var process in service.Processes) Assert.DoesNotContain("41111111", await File.ReadAllTextAsync(process.Process.LogFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_LargerThan64KiB_IsRefusedHoweverItIsSent()
    {
        var padded = Text(Bodies.FullPayment(Bodies.NewName("p"))).PadRight(Checkout.BytesMax);
        (await Checkout.Assess(padded.Utf8())).MustBeDecision();
        Assert.Equal(413, (await Checkout.Assess((padded + " ").Utf8())).MustBeProblem("64 KiB and a byte").Status);
        var content = new StringContent(padded + " ", Encoding.UTF8, "application/json");
        using var chunked = new HttpRequestMessage(HttpMethod.Post, Checkout.Assessments) { Content = content };
        chunked.Headers.TransferEncodingChunked = true;
        Assert.Equal(413, (await Checkout.Send(chunked)).MustBeProblem("64 KiB and a byte, chunked").Status);
        Assert.Equal(413, (await Checkout.SendEvent(new byte[2 * 1024 * 1024])).MustBeProblem("an event of 2 MiB").Status);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    public async Task ContentType_NotTaken_IsRefused(string? contentType)
    {
        var body = Text(Bodies.FullPayment(Bodies.NewName("p"))).Utf8();
        foreach (var path in (string[])[Checkout.Assessments, Checkout.Events])
            Assert.Equal(415, (await Checkout.Post(path, body, contentType)).MustBeProblem($"{contentType} to {path}").Status);
    }

    [Fact]
    public async Task Route_UnknownOrWrongMethod_IsRefused()
    {
        string[] unknown = ["/", "/v1", "/v1/nothing", "/v2/assessments", $"{Checkout.Assessments}/asm_{Guid.NewGuid():N}", $"{Checkout.Assessments}/p_1'--"];
        foreach (var path in unknown)
            Assert.Equal(404, (await Checkout.Get(path)).MustBeProblem(path).Status);
        foreach (var method in (string[])["GET", "PUT", "DELETE", "PATCH"])
            foreach (var path in (string[])[Checkout.Assessments, Checkout.Events])
                Assert.Equal(405, (await Checkout.Send(new HttpRequestMessage(HttpMethod.Parse(method), path))).MustBeProblem($"{method} {path}").Status);
    }

    [Fact]
    public async Task Events_Faulty_RefusedWithTheirPlace()
    {
        var one = Bodies.Outcome("payment.authorized", Bodies.NewName("p"), Time);
        foreach (var name in (string[])["specversion", "type", "source", "id", "time", "data"])
        {
            Assert.Equal([$"/{name}"], (await Checkout.SendEvent(one.With($"/{name}", null))).MustBeProblem($"no {name}").Pointers);
            Assert.Equal([$"/{name}"], (await Checkout.SendEvent(one.With($"/{name}", 1))).MustBeProblem($"{name} 1").Pointers);
        }
        (string, JsonNode)[] faults =
        [
            ("/type", "payment.invented"), ("/specversion", "0.3"), ("/time", "2099-01-01T00:00:00Z"), ("/Upper", 1), ("/data/payment/id", 1),
            ("/data/unknown", 1), ("/data/card/token", "4111111111111111"),
        ];
        foreach (var (pointer, value) in faults)
            Assert.Equal([pointer], (await Checkout.SendEvent(one.With(pointer, value))).MustBeProblem(pointer).Pointers);
        Assert.Equal(202, (await Checkout.SendEvent(one.With("/data/payment/amount", null))).Status);
    }

    [Fact]
    public async Task Events_BatchWithOneFault_RefusedAsAWhole()
    {
        var good = Bodies.Outcome("payment.authorized", Bodies.NewName("p"), Time);
        var bad = Bodies.Outcome("payment.authorized", Bodies.NewName("p"), Time).With("/data/payment/id", null);
        Assert.Equal(["/1/data/payment/id"], (await Batch(good, bad)).MustBeProblem("a batch with a fault").Pointers);
        var taken = await Batch(good, good, Bodies.Outcome("payment.authorized", Bodies.NewName("p"), Time));
        Assert.True(taken.Status == 202, $"A batch was to be taken: {taken}");
        Assert.Equal((2, 1), (taken.Json.GetProperty("accepted").GetInt32(), taken.Json.GetProperty("duplicates").GetInt32()));
        (await Batch()).MustBeProblem("an empty batch");
        (await Batch([.. Enumerable.Range(0, 101).Select(_ => Bodies.Outcome("payment.authorized", Bodies.NewName("p"), Time))])).MustBeProblem("101 events");
    }

    private Task<Answer> Batch(params JsonNode[] events) =>
        Checkout.Post(Checkout.Events, Bodies.Bytes(new JsonArray([.. events.Select(one => one.DeepClone())])), "application/cloudevents-batch+json");

    private static IEnumerable<string> TextPointers()
    {
        var body = Bodies.FullPayment("p");
        return Bodies.Leaves(body).Where(pointer => At(body, pointer).GetValueKind() == JsonValueKind.String);
    }

    private static JsonNode At(JsonObject body, string pointer) => pointer[1..].Split('/').Aggregate((JsonNode)body, (node, name) => node[name]!);

    private static string Text(JsonNode node) => node.ToJsonString();

    /// <summary>The body's text with something at a place that need not be JSON.</summary>
    private static string WithRaw(JsonObject body, string pointer, string raw)
    {
        const string Mark = "«here»";
        return Text(body.With(pointer, Mark)).Replace(Text(JsonValue.Create(Mark)), raw, StringComparison.Ordinal);
    }

    private Task MustRefuse(JsonObject body, params string[] pointers) => MustRefuse(Text(body), pointers);

    private async Task MustRefuse(string body, params string[] pointers)
    {
        var refusal = await Checkout.Assess(body.Utf8());
        MustName(pointers, refusal, body);
        Assert.Equal(400, refusal.Status);
    }

    /// <summary>Every place is named, and besides at most what lies beneath one of them.</summary>
    private static void MustName(string[] pointers, Answer refusal, string of)
    {
        var named = refusal.MustBeProblem(of).Pointers;
        var isWithin = (string name) => pointers.Any(pointer => name == pointer || name.StartsWith(pointer + "/", StringComparison.Ordinal));
        Assert.True(pointers.All(named.Contains) && named.All(isWithin),
            $"{string.Join(' ', pointers)} was to be named, and nothing else: {refusal} in answer to {of}");
    }

    private async Task MustRefuseCard(JsonObject body, string pointer)
    {
        var refusal = (await Checkout.Assess(body)).MustBeProblem(pointer);
        Assert.Equal((400, "card_number"), (refusal.Status, refusal.Code));
        Assert.Equal([pointer], refusal.Pointers);
        // A trace's id is made of random digits.
        var text = Text(JsonNode.Parse(refusal.Text)!.AsObject().With("/traceId", null));
        foreach (var digits in (string[])["1111", "5555", "4444", "378282", "6011"]) Assert.DoesNotContain(digits, text, StringComparison.Ordinal);
    }
}
