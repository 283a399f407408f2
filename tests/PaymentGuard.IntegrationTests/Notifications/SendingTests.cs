using System.Diagnostics;
using System.Globalization;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.IntegrationTests.SystemTests.Support;
using PaymentGuard.Notifications;
using PaymentGuard.Notifications.Senders;

namespace PaymentGuard.IntegrationTests.Notifications;

/// <summary>Queued messages reach their receivers: each once, in time, and with nothing of them left behind.</summary>
public sealed class SendingTests(TestServers servers) : IAsyncLifetime
{
    private const string Address = "kanarymailbox9q@kanarymail9q.example", Phone = "+8613987650499";

    private static readonly Contact Mailbox = new(Channels.Email, Address), Mobile = new(Channels.Sms, Phone);

    private Installation installation = null!;
    private Outgoing outgoing = null!;

    public async ValueTask InitializeAsync()
    {
        installation = await servers.Install();
        installation.AddRule("none", "observe", "amount > 0 EUR");
        outgoing = new Outgoing(installation);
    }

    public async ValueTask DisposeAsync()
    {
        await outgoing.DisposeAsync();
        await installation.DisposeAsync();
    }

    [Fact]
    public async Task Mail_WithUserAndPassword_ArrivesInBothLanguages()
    {
        using var server = new MailServer();
        installation.Settings["PAYMENTGUARD_SENDER"] = $"email=smtp://shop:s%40fe@{server.Address}?from=security%40shop.example;sms=file:{installation.MessagesFile}";
        await installation.StartApi();
        await outgoing.Queue(Outgoing.Code("a_mail", "492817", Mailbox), Outgoing.Code("a_mail", "551202", Mobile));
        await outgoing.AllSent("a_mail");
        var mail = Assert.Single(server.Taken);
        Assert.Equal(("shop:s@fe", "security@shop.example", Address), (mail.User, mail.From, mail.To));
        Assert.Equal("您的验证码 / Your code", mail.Message.Subject);
        Assert.Contains("验证码 492817，用于向商户 m_5 支付 1,250.00 CNY", mail.Message.TextBody, StringComparison.Ordinal);
        Assert.Contains("Code 492817 for a payment of 1,250.00 CNY to m_5", mail.Message.TextBody, StringComparison.Ordinal);
        Assert.Contains("https://account.example/security?notification=", mail.Message.TextBody, StringComparison.Ordinal);
        var line = Assert.Single(await Outgoing.InFile(installation));
        Assert.Equal(("sms", Phone), (line.GetProperty("channel").GetString(), line.GetProperty("address").GetString()));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(installation.MessagesFile));
    }

    [Theory]
    [InlineData("smtps", MailTls.Implicit)]
    [InlineData("smtp", MailTls.Offered)]
    public async Task Mail_ServerWithTls_IsEncryptedAndOnlyToOneThatIsTrusted(string scheme, MailTls tls)
    {
        using var server = new MailServer(tls);
        installation.Settings["PAYMENTGUARD_SENDER"] = $"{scheme}://shop:safe@localhost:{server.Port}?from=security%40shop.example";
        var api = await installation.StartApi();
        await outgoing.Queue(Outgoing.Code("a_tls", "492817", Mailbox));
        await Eventually.Holds("it was tried", async () => (await File.ReadAllTextAsync(api.Process.LogFile)).Contains("SslHandshakeException", StringComparison.Ordinal));
        Assert.Empty(server.Taken);
        await api.Stop();
        installation.Settings["SSL_CERT_FILE"] = Path.Combine(installation.Folder, "trusted.pem");
        await File.WriteAllTextAsync(installation.Settings["SSL_CERT_FILE"], server.Certificate.ExportCertificatePem());
        await installation.StartApi();
        await outgoing.AllSent("a_tls");
        var mail = Assert.Single(server.Taken);
        Assert.True(mail is { User: "shop:safe", WasEncrypted: true, To: Address });
    }

    [Fact]
    public async Task Mail_RecipientRefused_IsTriedAgainAndNothingIsLogged()
    {
        using var server = new MailServer { Greet = address => $"451 4.7.1 {address} is greylisted" };
        installation.Settings["PAYMENTGUARD_SENDER"] = $"smtp://{server.Address}?from=security%40shop.example";
        var api = await installation.StartApi();
        await outgoing.Queue(Outgoing.Code("a_grey", "492817", Mailbox));
        await Eventually.Holds("it was tried twice", async () => (await outgoing.Rows("a_grey"))[0].Attempts >= 2);
        server.Greet = _ => "250 OK";
        await outgoing.AllSent("a_grey");
        var log = await File.ReadAllBytesAsync(api.Process.LogFile);
        Assert.True(log.AsSpan().IndexOf("MailRefusedException RecipientNotAccepted 451"u8) >= 0);
        Assert.Empty(Traces.In(log, [Address, "492817", "greylisted"]));
    }

    [Fact]
    public async Task Webhook_Message_IsSignedAndNamed()
    {
        using var receiver = new Receiver();
        receiver.Serve(installation);
        await installation.StartApi();
        await outgoing.Queue(Outgoing.Code("a_hook", "492817", Mobile));
        await outgoing.AllSent("a_hook");
        var posted = Assert.Single(receiver.Taken);
        var key = System.Text.Encoding.UTF8.GetBytes(Receiver.Secret);
        Assert.Equal(WebhookSender.Signature(key, posted.Timestamp!, posted.Body), posted.Signature);
        Assert.NotEqual(WebhookSender.Signature(key, posted.Timestamp + "1", posted.Body), posted.Signature);
        var age = TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(long.Parse(posted.Timestamp!, CultureInfo.InvariantCulture));
        Assert.InRange(age, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(30));
        Assert.Equal(posted.Id, posted["id"]);
        Assert.Equal(("a_hook", "code", "sms", Phone), (posted["accountId"], posted["kind"], posted["channel"], posted["address"]));
        Assert.Contains("492817", posted["text"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Webhook_Failing_IsTriedAgainUnderTheSameIdUntilTaken()
    {
        using var receiver = new Receiver { Answer = (number, _) => Task.FromResult(number switch { 1 => 500, 2 => 302, 3 => 429, _ => 200 }) };
        receiver.Serve(installation);
        await installation.StartApi();
        await outgoing.Queue(Outgoing.Code("a_retry", "492817", Mobile));
        await outgoing.AllSent("a_retry");
        await Task.Delay(1_500);
        Assert.Equal(4, receiver.Taken.Count);
        Assert.Single(receiver.Taken.Select(posted => posted.Id).Distinct());
        Assert.Equal(4, (await outgoing.Rows("a_retry"))[0].Attempts);
    }

    [Fact]
    public async Task Code_ReceiverAwayUntilItsEnd_IsNeverSent()
    {
        var isAway = true;
        using var receiver = new Receiver { Answer = (_, _) => Task.FromResult(isAway ? 503 : 204) };
        receiver.Serve(installation);
        var api = await installation.StartApi();
        await outgoing.Queue(Outgoing.Code("a_late", "492817", Mobile, TimeSpan.FromSeconds(5)));
        await Eventually.Holds("it is given up", async () => (await outgoing.Rows("a_late"))[0].IsGivenUp);
        isAway = false;
        var tried = receiver.Taken.Count;
        await outgoing.Queue(Outgoing.Code("a_later", "551202", Mobile));
        await outgoing.AllSent("a_later");
        Assert.InRange(tried, 1, 4);
        Assert.Equal(tried + 1, receiver.Taken.Count);
        Assert.Contains("1 messages were given up", await File.ReadAllTextAsync(api.Process.LogFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_BetweenSendAndMark_SendsAgainAfterTheLeaseAndNotBefore()
    {
        using var taken = new SemaphoreSlim(0);
        using var receiver = new Receiver();
        receiver.Answer = async (number, _) =>
        {
            taken.Release();
            if (number == 1) await Task.Delay(8_000);
            return 204;
        };
        receiver.Serve(installation);
        var api = await installation.StartApi();
        await outgoing.Queue(Outgoing.Code("a_kill", "492817", Mobile));
        Assert.True(await taken.WaitAsync(TimeSpan.FromSeconds(20)));
        await api.Kill();
        var row = Assert.Single(await outgoing.Rows("a_kill"));
        Assert.True(row is { HasBody: true, IsSent: false, Attempts: 1 });
        await installation.StartApi();
        await Task.Delay(2_500);
        Assert.Single(receiver.Taken);
        // The lease ends.
        await outgoing.Execute("UPDATE notification_messages SET next_at = next_at - interval '30 seconds'");
        await outgoing.AllSent("a_kill");
        Assert.Equal(2, receiver.Taken.Count);
        Assert.Single(receiver.Taken.Select(posted => posted.Id).Distinct());
    }

    [Fact]
    public async Task Stopped_WhileSending_FinishesAndMarks()
    {
        using var taken = new SemaphoreSlim(0);
        using var receiver = new Receiver { Answer = async (_, _) => { taken.Release(); await Task.Delay(2_000); return 204; } };
        receiver.Serve(installation);
        var api = await installation.StartApi();
        await outgoing.Queue(Outgoing.Code("a_stop", "492817", Mobile));
        Assert.True(await taken.WaitAsync(TimeSpan.FromSeconds(20)));
        await api.Stop();
        Assert.True(Assert.Single(await outgoing.Rows("a_stop")).IsSent);
    }

    [Fact]
    public async Task Receiver_ThatHangs_HoldsUpNoOtherChannelAndFewOfItsOwn()
    {
        using var receiver = new Receiver { Answer = async (_, posted) => { if (posted["address"].StartsWith("slow", StringComparison.Ordinal)) await Task.Delay(60_000); return 204; } };
        receiver.Serve(installation, Channels.Email, Channels.Sms);
        await installation.StartApi();
        await outgoing.Queue([.. Enumerable.Range(0, SendNotifications.PlacesMax - 1).Select(turn => Outgoing.Code("a_slow", "1", new Contact(Channels.Email, $"slow{turn}@b.example")))]);
        await Eventually.Holds("all of them hang", () => Task.FromResult(receiver.Taken.Count == SendNotifications.PlacesMax - 1));
        await outgoing.Queue(Outgoing.Code("a_quick", "492817", Mobile), Outgoing.Code("a_quick", "551202", Mailbox));
        await outgoing.AllSent("a_quick");
        Assert.All(await outgoing.Rows("a_slow"), row => Assert.Equal(1, row.Attempts));
        // The hanging ones are given up one by one, and tried again.
        await Eventually.Holds("a hanging one was tried again", async () => (await outgoing.Rows("a_slow")).Any(row => row.Attempts > 1), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task NoAddressNamed_ReachesConfirmedOnesOfThatMomentAndThePlatform()
    {
        await outgoing.AddContact("a_news", Channels.Email, Address);
        await outgoing.AddContact("a_news", Channels.Sms, Phone);
        await outgoing.AddContact("a_news", Channels.Sms, Phone);
        await outgoing.AddContact("a_news", Channels.Email, "unconfirmed@b.example", isConfirmed: false);
        await outgoing.AddContact("a_other", Channels.Email, "other@b.example");
        await outgoing.Queue(Outgoing.News("a_news"), Outgoing.News("a_alone"));
        await outgoing.Execute("DELETE FROM factors");
        await installation.StartApi();
        await outgoing.AllSent("a_news");
        await outgoing.AllSent("a_alone");
        var lines = await Outgoing.InFile(installation);
        Assert.Equal(
            ["a_alone account ", "a_news account ", $"a_news email {Address}", $"a_news sms {Phone}"],
            lines.Select(line => $"{line.GetProperty("accountId")} {line.GetProperty("channel")} {(line.TryGetProperty("address", out var address) ? address : "")}").Order(StringComparer.Ordinal));
        Assert.Equal(2, lines.Select(line => line.GetProperty("notificationId").GetString()).Distinct().Count());
        Assert.Equal(4, lines.Select(line => line.GetProperty("id").GetString()).Distinct().Count());
        Assert.Equal(2, await Stored.Count(installation, "SELECT count(*) FROM notifications WHERE sent_at IS NOT NULL"));
    }

    [Fact]
    public async Task TwoProcesses_ManyMessages_SendEachOnce()
    {
        await installation.StartApi();
        await installation.StartApi();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var turn = 0; turn < 100; turn++) await outgoing.Queue(Outgoing.Code("a_many", $"{writer}-{turn}", Mobile));
        })));
        await outgoing.AllSent("a_many");
        var lines = await Outgoing.InFile(installation);
        Assert.Equal(400, lines.Count);
        // Places that become free are filled at once, not at the next look.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Equal(400, lines.Select(line => line.GetProperty("id").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task NoSender_QueuesAndSaysSoOnce()
    {
        installation.Settings["PAYMENTGUARD_SENDER"] = "";
        var api = await installation.StartApi();
        await outgoing.Queue(Outgoing.Code("a_none", "492817", Mobile), Outgoing.Code("a_over", "551202", Mobile, TimeSpan.FromSeconds(1)));
        await Eventually.Holds("what is over is emptied", async () => (await outgoing.Rows("a_over"))[0].IsGivenUp);
        Assert.True(Assert.Single(await outgoing.Rows("a_none")) is { HasBody: true, Attempts: 0, IsDue: true });
        var log = await File.ReadAllTextAsync(api.Process.LogFile);
        Assert.Equal(2, log.Split("PAYMENTGUARD_SENDER is not set").Length);
        await api.Stop();
        installation.Settings["PAYMENTGUARD_SENDER"] = "file:" + installation.MessagesFile;
        await installation.StartApi();
        await outgoing.AllSent("a_none");
    }

    [Fact]
    public async Task AddressesAndCodes_ThroughFailures_AreNowhereInClear()
    {
        using var receiver = new Receiver { Answer = (number, _) => Task.FromResult(number < 4 ? 500 : 204) };
        receiver.Serve(installation);
        var api = await installation.StartApi();
        await outgoing.AddContact("a_canary", Channels.Email, Address);
        await outgoing.Queue(Outgoing.Code("a_canary", "kanary492817", Mobile), Outgoing.News("a_canary"));
        await Eventually.Holds("some failed", () => Task.FromResult(receiver.Taken.Count >= 3));
        await MustBeClean(api);
        await outgoing.AllSent("a_canary");
        await MustBeClean(api);
    }

    [Fact]
    public async Task NotMeLink_OfAMessage_FindsItsAccountForThirtyDays()
    {
        await installation.StartApi();
        await outgoing.Queue(Outgoing.Code("a_link", "492817", Mobile));
        await outgoing.AllSent("a_link");
        var line = Assert.Single(await Outgoing.InFile(installation));
        var token = new Uri(line.GetProperty("notMeLink").GetString()!).Query.Split("notification=")[1];
        await using var connection = await outgoing.Postgres.OpenConnectionAsync();
        var found = await outgoing.Tokens.Find(connection, token, CancellationToken.None);
        Assert.Equal("a_link", found!.Value.AccountId);
        Assert.Equal(line.GetProperty("createdAt").GetDateTimeOffset(), found.Value.At, TimeSpan.FromMilliseconds(1));
        Assert.Null(await outgoing.Tokens.Find(connection, outgoing.Tokens.Of(Guid.NewGuid()), CancellationToken.None));
        Assert.Null(await outgoing.Tokens.Find(connection, token[..^1], CancellationToken.None));
        await outgoing.Execute("UPDATE notifications SET created_at = created_at - interval '30 days'");
        Assert.Null(await outgoing.Tokens.Find(connection, token, CancellationToken.None));
    }

    private async Task MustBeClean(ApiProcess api)
    {
        string[] canaries = [Address, Phone, "kanary492817", Receiver.Secret];
        Assert.Empty(Traces.In(await File.ReadAllBytesAsync(api.Process.LogFile), canaries));
        foreach (var table in await Stored.Everything(installation)) Assert.Empty(Traces.In(table, canaries));
    }
}
