using System.Net;
using System.Text.RegularExpressions;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.IntegrationTests.Notifications;
using PaymentGuard.Tests.Challenges;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>A payment of a buyer that waits for its challenge to be passed.</summary>
internal sealed partial record ChallengedPayment(Installation Installation, Buyer Buyer, string Id, string ChallengeId, Answer Assessed)
{
    public const long Minor = 125_000;
    public const string Payee = "m_5";

    private static int count;

    /// <summary>A new one of this buyer; its account has an e-mail address and a telephone.</summary>
    public static async Task<ChallengedPayment> Of(Installation installation, Buyer buyer)
    {
        var id = $"{buyer.Account}_{Interlocked.Increment(ref count)}";
        var assessed = Buyer.Must(HttpStatusCode.OK, await buyer.Post("/v1/assessments", Body(buyer.Account, id)));
        Assert.True(assessed["decision"] == "challenge", assessed.Text);
        return new(installation, buyer, id, (string)assessed.Json["challenge"]!["id"]!, assessed);
    }

    public static object Body(string account, string id, long minor = Minor) => new
    {
        payment = new { id, amount = new { minor, currency = "EUR" } },
        merchant = new { id = Payee },
        account = new { id = account, email = "buyer@example.com", phone = "+8613800000042" },
        deadlineMs = 2_000,
    };

    public Task<Answer> Answer(object answer) => Buyer.Answer(ChallengeId, answer);

    public Task<Answer> AnswerWithApp(int step = 0) => Answer(new { totp = Buyer.App.Code(step) });

    public Task<Answer> AnswerWrongly() => Answer(new { totp = Buyer.App.WrongCode() });

    public Task<Answer> Send(string method = "email") => Buyer.Post($"/v1/challenges/{ChallengeId}/send", new { method });

    /// <summary>Has a code sent, and waits for it.</summary>
    public async Task<string> SentCode(string method = "email")
    {
        var before = (await Codes()).Count;
        Buyer.Must(HttpStatusCode.Accepted, await Send(method));
        await Eventually.Holds("the code is there", async () => (await Codes()).Count > before);
        return (await Codes())[^1];
    }

    public async Task<string> PasskeyOptions() => Buyer.Must(HttpStatusCode.OK, await OfferPasskey()).Text;

    public Task<Answer> OfferPasskey() => Buyer.Post($"/v1/challenges/{ChallengeId}/passkey", new { });

    public Task<Answer> AnswerWith(string credentialJson) => Answer(PasskeyBody(credentialJson));

    /// <summary>The proof of the app's code of now.</summary>
    public async Task<string> Prove() => Buyer.Must(HttpStatusCode.OK, await AnswerWithApp())["proof"]!;

    /// <param name="id">Null: this payment's.</param>
    public Task<Answer> Redeem(string proof, string? key = null, string? id = null, long minor = Minor, string currency = "EUR", string? payee = Payee) => Buyer.Post(
        $"/v1/challenges/{ChallengeId}/redeem",
        new { proof, payment = new { id = id ?? Id, amount = new { minor, currency } }, merchant = payee is null ? null : new { id = payee } }, key);

    public async Task<string?> State() => (await Buyer.Get($"/v1/challenges/{ChallengeId}"))["state"];

    /// <summary>Sets columns of the challenge's row, such as its times.</summary>
    public Task Set(string columns) => Buyer.Execute($"UPDATE challenges SET {columns} WHERE id = '{Guid.ParseExact(ChallengeId["chl_".Length..], "N")}'");

    public static string PasskeyBody(string credentialJson) => $$"""{"passkey":{{credentialJson}}}""";

    /// <summary>Gives the account a passkey.</summary>
    public static async Task AddPasskey(Buyer buyer, SoftwareAuthenticator device, string? proof = null)
    {
        var options = Buyer.Must(HttpStatusCode.OK, await buyer.Post($"{buyer.Factors}/passkeys/options", new { proof }));
        Buyer.Must(HttpStatusCode.Created, await buyer.Post($"{buyer.Factors}/passkeys", $$"""{"credential":{{device.Create(options.Text)}}}"""));
    }

    private async Task<List<string>> Codes() =>
    [
        .. (await Outgoing.InFile(Installation)).Where(message => message.GetProperty("accountId").GetString() == Buyer.Account && message.GetProperty("kind").GetString() == "code")
            .Select(message => SixDigits().Match(message.GetProperty("text").GetString()!).Value),
    ];

    [GeneratedRegex("(?<![0-9])[0-9]{6}(?![0-9])")]
    private static partial Regex SixDigits();
}

/// <summary>What tests of challenges do to an account.</summary>
internal static class BuyerSteps
{
    /// <summary>As if the account's last lock had ended by itself.</summary>
    public static Task LetLockPass(this Buyer buyer) => buyer.Execute($"UPDATE accounts SET locked_until = locked_until - make_interval(secs => lock_seconds) WHERE id = '{buyer.Account}'");

    public static Task<long> LockSeconds(this Buyer buyer) => buyer.Count($"SELECT lock_seconds::bigint FROM accounts WHERE id = '{buyer.Account}'");

    /// <summary>As if so many answers had been refused an hour apart, the last one so long ago.</summary>
    public static Task HaveFailed(this Buyer buyer, int times, string ago = "1 hour") => buyer.Execute($"""
        UPDATE accounts SET failed_at = ARRAY(SELECT now() - interval '{ago}' - interval '1 hour' * n FROM generate_series({times} - 1, 0, -1) n) WHERE id = '{buyer.Account}'
        """);

    public static Task<Answer[]> AtOnce(int count, Func<int, Task<Answer>> ask) => Task.WhenAll(Enumerable.Range(0, count).Select(ask));

    /// <summary>Everything of an answer that a caller sees, but what differs in any two.</summary>
    public static string Visible(this Answer answer)
    {
        var body = answer.Json.AsObject();
        var traceId = (string)body["traceId"]!;
        var headers = answer.Headers.Concat(answer.ContentHeaders).Where(header => header.Key != "Date").Select(header => $"{header.Key}: {string.Join(", ", header.Value)}");
        return $"{(int)answer.Status}\n{string.Join('\n', headers.Order(StringComparer.Ordinal))}\n{answer.Text.Replace(traceId, new string('t', traceId.Length), StringComparison.Ordinal)}";
    }
}
