using System.Buffers.Text;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using PaymentGuard.Domain.Challenges;
using PaymentGuard.IntegrationTests.Accounts;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.IntegrationTests.SystemTests.Support;
using PaymentGuard.Tests.Challenges;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>What proves a buyer, and where he is reached, stands nowhere in clear: not in PostgreSQL, Redis, logs, checkpoints or the audit chain.</summary>
public sealed class StepUpSecretsTests(StepUpService service) : IClassFixture<StepUpService>
{
    private const string Told = "KanaryTold9X", Added = "KanaryAdded9X", Phone = "13912340987", Device = "KanaryDevice9X",
        Reason = "KanaryReason9X", Session = "KanaryProof9X";

    [Fact]
    public async Task Secrets_UsedInEveryWay_AreNowhereInClear()
    {
        using var buyer = service.NewBuyer();
        using var stranger = service.NewBuyer();
        using var device = new SoftwareAuthenticator(Installation.PasskeyOrigin) { CredentialId = Encoding.ASCII.GetBytes("KanaryCredential9XKanaryCredential9X") };
        List<byte[]> bytes = [];
        List<string> secrets = [Told, $"{Told}@kanary9x.example", Added, Phone, "+86" + Phone, Device, Reason, Session];
        var sent = await SendCodes(stranger);
        await buyer.Enrol(-1);
        Assert.True(Base32.TryRead(buyer.App.Secret, out var seed));
        bytes.AddRange([seed, device.PublicKey[^32..], device.PublicKey[^67..^35]]);
        secrets.AddRange([buyer.App.Secret, .. bytes.Select(Convert.ToHexString), .. bytes.Select(Convert.ToBase64String)]);
        await Post(buyer, $"{buyer.Factors}/email", new { address = $"{Added}@kanary9x.example", proof = await buyer.Prove("add_factor") });
        sent.Add(await buyer.SentCode("contact_confirmation", "email"));
        await Post(buyer, $"{buyer.Factors}/sms", new { address = "+86" + Phone, proof = await buyer.Prove("add_factor") });
        secrets.AddRange(await AddPasskey(buyer, device));
        bytes.Add(Base64Url.DecodeFromChars(secrets[^3]));
        var codes = (await Post(buyer, $"/v1/accounts/{buyer.Account}/recovery-codes", new { proof = await buyer.Prove("new_recovery_codes") }))["codes"]!.AsArray();
        secrets.AddRange(codes.Select(code => (string)code!));
        secrets.AddRange(codes.Select(code => ((string)code!).Replace("-", "", StringComparison.Ordinal)));
        secrets.AddRange(await AnswerInEveryWay(buyer, device, (string)codes[0]!));
        using (var page = new AccountPage(service.Installation, service.Api)) await page.Freeze(buyer.Account, $$"""{"reason":"{{Reason}}"}""");
        foreach (var (place, contents) in await Places(buyer))
        {
            Assert.NotEmpty(contents);
            var found = contents.SelectMany(part => Traces.In(part, secrets)).Distinct().ToList();
            Assert.True(found.Count == 0, $"In {place} stands: {string.Join("; ", found)}");
            Assert.DoesNotContain(bytes, secret => contents.Any(part => part.AsSpan().IndexOf(secret) >= 0));
            // Six digits may stand anywhere by chance, but not those of each code.
            Assert.True(sent.Exists(code => !contents.Any(part => Traces.In(part, [code]).Any())), $"In {place} stand the codes that were sent.");
        }
    }

    /// <summary>Codes to the address and the telephone that checkout tells.</summary>
    private async Task<List<string>> SendCodes(Buyer buyer)
    {
        var id = (await Post(buyer, "/v1/assessments", Payment(buyer)))["challenge"]!["id"]!;
        var codes = new List<string>();
        foreach (var channel in (string[])["email", "sms"])
        {
            Buyer.Must(HttpStatusCode.Accepted, await buyer.Post($"/v1/challenges/{id}/send", new { method = channel }));
            codes.Add(await buyer.SentCode("code", channel));
        }
        Buyer.Must(HttpStatusCode.OK, await buyer.Answer((string)id!, new { sentCode = codes[^1] }));
        return codes;
    }

    private static async Task<IEnumerable<string>> AddPasskey(Buyer buyer, SoftwareAuthenticator device)
    {
        var options = await buyer.Post($"{buyer.Factors}/passkeys/options", new { proof = await buyer.Prove("add_factor") });
        await Post(buyer, $"{buyer.Factors}/passkeys", $$"""{"credential":{{device.Create(options.Text)}}}""");
        return [(string)options.Json["user"]!["id"]!, (string)options.Json["challenge"]!, Encoding.ASCII.GetString(device.CredentialId)];
    }

    /// <summary>Rightly and wrongly, and with what fits nowhere.</summary>
    /// <returns>The proofs.</returns>
    private async Task<IEnumerable<string>> AnswerInEveryWay(Buyer buyer, SoftwareAuthenticator device, string recoveryCode)
    {
        var proofs = new List<string>();
        var challenge = (string)(await Post(buyer, "/v1/assessments", Payment(buyer)))["challenge"]!["id"]!;
        var options = await buyer.Post($"/v1/challenges/{challenge}/passkey", new { });
        proofs.Add((string)(await Post(buyer, $"/v1/challenges/{challenge}/answers", ChallengedPayment.PasskeyBody(device.Get(options.Text))))["proof"]!);
        proofs.Add((string)(await Post(buyer, $"/v1/challenges/{await buyer.Challenge()}/answers", new { recoveryCode }))["proof"]!);
        foreach (var answer in (object[])[new { totp = Session }, new { sentCode = Session }, new { recoveryCode = Session }, new { passkey = new { id = Session } }])
            await buyer.Answer(await buyer.Challenge(), answer);
        await buyer.Post($"/v1/challenges/{challenge}/redeem", new { proof = Session, action = "add_factor" });
        await buyer.Post($"/v1/challenges/{Session}/answers", new { totp = "123456", unknown = Session });
        // Only the signature makes a proof good.
        return proofs.Select(proof => proof.Split('.')[2]);
    }

    private static object Payment(Buyer buyer) => new
    {
        payment = new { id = $"pay_{Guid.NewGuid():N}", amount = new { minor = ChallengedPayment.Minor, currency = "EUR" } },
        merchant = new { id = ChallengedPayment.Payee },
        account = new { id = buyer.Account, email = $"{Told}@kanary9x.example", phone = "+86" + Phone },
        device = new { id = Device },
        deadlineMs = 2_000,
    };

    private static async Task<JsonNode> Post(Buyer buyer, string path, object body)
    {
        var answer = await buyer.Post(path, body);
        Assert.True((int)answer.Status is 200 or 201, $"{path}: {answer.Text}");
        return answer.Json;
    }

    private async Task<IReadOnlyList<(string Place, IReadOnlyList<byte[]> Contents)>> Places(Buyer buyer)
    {
        // Messages are gone from the outbox once they are sent.
        await Eventually.Holds("a checkpoint is written", () => Task.FromResult(Checkpoints().Any(file => file.Length > 0)));
        var database = (await Stored.Everything(service.Installation)).ToList();
        // The search would find what is there.
        Assert.Contains(database, table => Traces.In(table, [buyer.Account]).Any());
        using var redis = new RedisAdmin(service.Installation.Redis);
        return
        [
            ("PostgreSQL", database),
            ("Redis", [.. redis.Everything().SelectMany(entry => new[] { entry.Key.Utf8(), entry.Value })]),
            ("the log", [await File.ReadAllBytesAsync(service.Api.Process.LogFile)]),
            ("the checkpoints", Checkpoints()),
        ];
    }

    private List<byte[]> Checkpoints()
    {
        var folder = service.Installation.Settings["PAYMENTGUARD_CHECKPOINTS"];
        return !Directory.Exists(folder) ? [] : [.. Directory.EnumerateFiles(folder).Select(path =>
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new MemoryStream();
            file.CopyTo(bytes);
            return bytes.ToArray();
        })];
    }
}
