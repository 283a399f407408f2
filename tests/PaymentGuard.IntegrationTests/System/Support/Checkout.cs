using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace PaymentGuard.IntegrationTests.SystemTests.Support;

/// <summary>A caller of one Api, as checkout is one.</summary>
internal sealed class Checkout(HttpClient http) : IDisposable
{
    public const string Assessments = "/v1/assessments", Events = "/v1/events";

    /// <summary>Largest body that is taken.</summary>
    public const int BytesMax = 64 * 1024;

    private const string Json = "application/json", CloudEvent = "application/cloudevents+json";

    public HttpClient Http { get; } = http;

    public Task<Answer> Assess(JsonNode body) => Post(Assessments, Bodies.Bytes(body));

    public Task<Answer> Assess(byte[] body) => Post(Assessments, body);

    /// <summary>Sends one CloudEvent.</summary>
    public Task<Answer> SendEvent(JsonNode body) => Post(Events, Bodies.Bytes(body), CloudEvent);

    public Task<Answer> SendEvent(byte[] body) => Post(Events, body, CloudEvent);

    /// <param name="contentType">Null: none is told.</param>
    public Task<Answer> Post(string path, byte[] body, string? contentType = Json)
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        // What is refused for its length is refused before it is sent: otherwise the closing connection may overtake the answer.
        request.Headers.ExpectContinue = body.Length > BytesMax;
        return Send(request);
    }

    public Task<Answer> Get(string path) => Send(new HttpRequestMessage(HttpMethod.Get, path));

    public async Task<Answer> Send(HttpRequestMessage request)
    {
        using var asked = request;
        using var response = await Http.SendAsync(asked);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response.Headers, response.Content.Headers.ContentType?.MediaType);
    }

    public void Dispose() => Http.Dispose();
}
