using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MimeKit;

namespace PaymentGuard.IntegrationTests.Notifications;

/// <param name="User">As the client proved to be; null: it did not.</param>
internal sealed record Mail(string? User, string From, string To, MimeMessage Message);

/// <summary>A mail server (RFC 5321) without TLS that keeps what it is given.</summary>
internal sealed class MailServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<Mail> taken = new();

    public MailServer()
    {
        listener.Start();
        _ = Listen();
    }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    public IReadOnlyList<Mail> Taken => [.. taken];

    /// <summary>What it says to a recipient; anything but 250 is a refusal.</summary>
    public Func<string, string> Greet { get; set; } = _ => "250 OK";

    public void Dispose() => listener.Dispose();

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
        catch (IOException) { }
    }

    private sealed class Conversation(NetworkStream stream, MailServer server)
    {
        private readonly StreamReader reader = new(stream, Encoding.Latin1);
        private string? user;
        private string from = "", to = "";

        public async Task Hold()
        {
            await Say("220 mail.test ESMTP");
            while (await reader.ReadLineAsync() is { } line && !line.StartsWith("QUIT", StringComparison.OrdinalIgnoreCase)) await Say(await Reply(line));
            await Say("221 Bye");
        }

        private async Task<string> Reply(string line) => line.Split(' ', ':')[0].ToUpperInvariant() switch
        {
            "EHLO" => "250-mail.test\r\n250-AUTH PLAIN\r\n250 8BITMIME",
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
            server.taken.Enqueue(new Mail(user, from, to, MimeMessage.Load(new MemoryStream(Encoding.Latin1.GetBytes(text.ToString())))));
            return "250 Taken";
        }

        private static string Between(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];

        private static string Note(string _) => "250 OK";

        private async Task Say(string reply) => await stream.WriteAsync(Encoding.Latin1.GetBytes(reply + "\r\n"));
    }
}
