using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Notifications.Senders;

namespace PaymentGuard.IntegrationTests.Notifications;

/// <param name="Body">As it came.</param>
internal sealed record Posted(string? Id, string? Timestamp, string? Signature, byte[] Body)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    public string this[string field] => Json.GetProperty(field).GetString()!;
}

/// <summary>A platform that takes webhooks, as badly as the test likes.</summary>
internal sealed class Receiver : IDisposable
{
    public const string Secret = "0123456789abcdef0123456789abcdef-receiver";

    private readonly HttpListener listener = new();
    private readonly ConcurrentQueue<Posted> taken = new();

    public Receiver()
    {
        Url = $"http://127.0.0.1:{LocalServer.FreePort()}/messages";
        listener.Prefixes.Add(Url + "/");
        listener.Start();
        _ = Listen();
    }

    public string Url { get; }

    /// <summary>All that came, refused ones as well, in their order.</summary>
    public IReadOnlyList<Posted> Taken => [.. taken];

    /// <summary>The status for a message, by its number from 1 and what it holds; a slow receiver takes its time here.</summary>
    public Func<int, Posted, Task<int>> Answer { get; set; } = (_, _) => Task.FromResult(204);

    /// <summary>Has an Api, when it is started after this, post here what goes these ways; all when none are named.</summary>
    public void Serve(Installation installation, params string[] channels)
    {
        installation.Settings["PAYMENTGUARD_SENDER"] = channels.Length == 0 ? Url : string.Join(';', channels.Select(channel => $"{channel}={Url}"));
        installation.Settings["PAYMENTGUARD_SENDER_SECRET"] = Secret;
    }

    public void Dispose() => listener.Close();

    private async Task Listen()
    {
        try
        {
            while (true) _ = Take(await listener.GetContextAsync());
        }
        catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException) { }
    }

    private async Task Take(HttpListenerContext context)
    {
        try
        {
            var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            var headers = context.Request.Headers;
            var posted = new Posted(headers[WebhookSender.IdHeader], headers[WebhookSender.TimestampHeader], headers[WebhookSender.SignatureHeader], body.ToArray());
            int number;
            lock (taken)
            {
                taken.Enqueue(posted);
                number = taken.Count;
            }
            context.Response.StatusCode = await Answer(number, posted);
            if (context.Response.StatusCode is >= 300 and < 400) context.Response.RedirectLocation = Url + "/elsewhere";
            context.Response.Close();
        }
        catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or InvalidOperationException) { }
    }
}
