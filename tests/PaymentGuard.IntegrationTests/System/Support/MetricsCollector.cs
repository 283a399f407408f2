using System.Collections.Concurrent;
using System.Net;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.SystemTests.Support;

/// <summary>Takes what an Api sends to its telemetry collector (OTLP over HTTP) and keeps the bytes.</summary>
internal sealed class MetricsCollector : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly ConcurrentQueue<byte[]> taken = new();

    public MetricsCollector(Installation installation)
    {
        var url = $"http://127.0.0.1:{LocalServer.FreePort()}/";
        listener.Prefixes.Add(url);
        listener.Start();
        _ = Take();
        installation.Settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = url;
        installation.Settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        installation.Settings["OTEL_METRIC_EXPORT_INTERVAL"] = "500";
    }

    public IReadOnlyList<byte[]> Taken => [.. taken];

    public void Dispose() => listener.Close();

    private async Task Take()
    {
        try
        {
            while (true)
            {
                var request = await listener.GetContextAsync();
                var body = new MemoryStream();
                await request.Request.InputStream.CopyToAsync(body);
                taken.Enqueue(body.ToArray());
                request.Response.Close();
            }
        }
        catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException) { }
    }
}
