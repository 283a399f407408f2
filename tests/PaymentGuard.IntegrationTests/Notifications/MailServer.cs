using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MimeKit;

namespace PaymentGuard.IntegrationTests.Notifications;

/// <param name="User">As the client proved to be; null: it did not.</param>
internal sealed record Mail(string? User, bool WasEncrypted, string From, string To, MimeMessage Message);

/// <summary>Whether a mail server speaks TLS from the start, offers it, or has none.</summary>
public enum MailTls
{
    None,
    Implicit,
    Offered,
}

/// <summary>A mail server (RFC 5321) that keeps what it is given. Its certificate is its own.</summary>
internal sealed class MailServer : IDisposable
{
    private readonly MailTls tls;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<Mail> taken = new();

    public MailServer(MailTls tls = MailTls.None)
    {
        this.tls = tls;
        listener.Start();
        _ = Listen();
    }

    /// <summary>For <c>localhost</c>.</summary>
    public X509Certificate2 Certificate { get; } = NewCertificate();

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public IReadOnlyList<Mail> Taken => [.. taken];

    /// <summary>What it says to a recipient; anything but 250 is a refusal.</summary>
    public Func<string, string> Greet { get; set; } = _ => "250 OK";

    public void Dispose()
    {
        listener.Dispose();
        Certificate.Dispose();
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private async Task Listen()
    {
        try
        {
            while (true) _ = Serve(await listener.AcceptTcpClientAsync());
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException) { }
    }

    private async Task Serve(TcpClient client)
    {
        using var connected = client;
        try { await new Conversation(client.GetStream(), this).Hold(); }
        catch (Exception gone) when (gone is IOException or AuthenticationException) { }
    }

    private sealed class Conversation(Stream plain, MailServer server)
    {
        private Stream stream = plain;
        private StreamReader reader = new(plain, Encoding.Latin1);
        private bool isEncrypted;
        private string? user;
        private string from = "", to = "";

        public async Task Hold()
        {
            if (server.tls == MailTls.Implicit) await Encrypt();
            await Say("220 mail.test ESMTP");
            while (await reader.ReadLineAsync() is { } line && !line.StartsWith("QUIT", StringComparison.OrdinalIgnoreCase))
            {
                await Say(await Reply(line));
                if (line.StartsWith("STARTTLS", StringComparison.OrdinalIgnoreCase)) await Encrypt();
            }
            await Say("221 Bye");
        }

        private async Task Encrypt()
        {
            var encrypted = new SslStream(stream);
            await encrypted.AuthenticateAsServerAsync(server.Certificate);
            (stream, reader, isEncrypted) = (encrypted, new StreamReader(encrypted, Encoding.Latin1), true);
        }

        private async Task<string> Reply(string line) => line.Split(' ', ':')[0].ToUpperInvariant() switch
        {
            "EHLO" => $"250-mail.test\r\n{(server.tls == MailTls.Offered && !isEncrypted ? "250-STARTTLS\r\n" : "")}250-AUTH PLAIN\r\n250 8BITMIME",
            "STARTTLS" => "220 Go on",
            "AUTH" => LogIn(Encoding.UTF8.GetString(Convert.FromBase64String(line.Split(' ')[2]))),
            "MAIL" => Note(from = Between(line)),
            "RCPT" => server.Greet(to = Between(line)),
            "DATA" => await Data(),
            _ => "502 Not known",
        };

        private string LogIn(string plain)
        {
            var parts = plain.Split('\0');
            user = $"{parts[1]}:{parts[2]}";
            return "235 Welcome";
        }

        private async Task<string> Data()
        {
            await Say("354 Go on");
            var text = new StringBuilder();
            while (await reader.ReadLineAsync() is { } line && line != ".") text.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
            server.taken.Enqueue(new Mail(user, isEncrypted, from, to, MimeMessage.Load(new MemoryStream(Encoding.Latin1.GetBytes(text.ToString())))));
            return "250 Taken";
        }

        private static string Between(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];

        private static string Note(string _) => "250 OK";

        private async Task Say(string reply) => await stream.WriteAsync(Encoding.Latin1.GetBytes(reply + "\r\n"));
    }
}
