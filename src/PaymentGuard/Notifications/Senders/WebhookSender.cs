using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Security.Cryptography;
using System.Text;

namespace PaymentGuard.Notifications.Senders;

/// <summary>The receiver answered with something else than 2xx.</summary>
internal sealed class WebhookRefusedException(HttpStatusCode status) : Exception($"The receiver answered {(int)status}."), IDescribedFailure
{
    public string Description => ((int)status).ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// Posts each message as JSON. The receiver knows by the signature that it comes from here, by the time that it is no old one, and by the id whether it had it
/// before. Any 2xx means that it has the message; a redirect is a refusal, because whoever it leads to is not who was set.
/// </summary>
internal sealed class WebhookSender(Uri url, byte[] secret, TimeProvider clock) : IMessageSender
{
    public const string IdHeader = "PaymentGuard-Message-Id", TimestampHeader = "PaymentGuard-Timestamp", SignatureHeader = "PaymentGuard-Signature";

    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),     // finds a receiver that has moved
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    })
    { Timeout = Timeout.InfiniteTimeSpan };                     // each send brings its own bound

    public bool Takes(string channel) => true;

    public async Task Send(OutgoingMessage message, CancellationToken ct)
    {
        var body = message.ToJson();
        var timestamp = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json, "utf-8");
        request.Headers.Add(IdHeader, message.Id.ToString());
        request.Headers.Add(TimestampHeader, timestamp);
        request.Headers.Add(SignatureHeader, Signature(secret, timestamp, body));
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (!response.IsSuccessStatusCode) throw new WebhookRefusedException(response.StatusCode);
    }

    /// <summary><c>v1=</c> and, in lower-case hex, HMAC-SHA256 over the timestamp, a full stop and the body.</summary>
    public static string Signature(byte[] secret, string timestamp, byte[] body) =>
        "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(secret, (byte[])[.. Encoding.ASCII.GetBytes(timestamp), (byte)'.', .. body]));
}
