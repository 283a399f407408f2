using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PaymentGuard.Load;

/// <summary>What came back, as far as a load test asks.</summary>
/// <param name="Status">HTTP status; 0 when the connection broke.</param>
internal readonly record struct Reply(int Status, bool Recorded, bool Degraded);

/// <summary>
/// One kept-alive connection that posts one request at a time: a socket and two buffers, so that the load generator costs little
/// of the machine it shares with what it measures. Not thread safe.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private const int HeadLengthMax = 2_048;

    private readonly IRequestSource requests;
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] request = new byte[HeadLengthMax + IRequestSource.BodyLengthMax];
    private readonly byte[] body = new byte[IRequestSource.BodyLengthMax];
    private readonly byte[] headers;
    private readonly byte[] answer = new byte[32 * 1_024];

    private HttpConnection(Uri service, string? token, IRequestSource requests)
    {
        this.requests = requests;
        var authorization = token is null ? "" : $"Authorization: Bearer {token}\r\n";
        headers = Encoding.ASCII.GetBytes($" HTTP/1.1\r\nHost: {service.Authority}\r\nContent-Type: application/json\r\n{authorization}Content-Length: ");
        "POST "u8.CopyTo(request);
    }

    public static async Task<HttpConnection> Open(Uri service, string? token, IRequestSource requests)
    {
        var connection = new HttpConnection(service, token, requests);
        await connection.socket.ConnectAsync(IPAddress.Parse(service.Host), service.Port);
        return connection;
    }

    /// <summary>Posts the next request of the source and reads the whole answer.</summary>
    public async ValueTask<Reply> Post()
    {
        try
        {
            await socket.SendAsync(request.AsMemory(0, PrepareRequest()));
            return await ReadAnswer();
        }
        catch (SocketException)
        {
            return default;
        }
    }

    public void Dispose() => socket.Dispose();

    private int PrepareRequest()
    {
        var start = "POST ".Length;
        var (pathLength, bodyLength) = requests.Write(request.AsSpan(start), body);
        headers.CopyTo(request, start + pathLength);
        var length = start + pathLength + headers.Length;
        Utf8Formatter.TryFormat(bodyLength, request.AsSpan(length), out var digits);
        length += digits;
        "\r\n\r\n"u8.CopyTo(request.AsSpan(length));
        body.AsSpan(0, bodyLength).CopyTo(request.AsSpan(length + 4));
        return length + 4 + bodyLength;
    }

    private async ValueTask<Reply> ReadAnswer()
    {
        for (var length = 0; ;)
        {
            var received = await socket.ReceiveAsync(answer.AsMemory(length));
            if (received == 0) return default;
            length += received;
            if (IsWhole(answer.AsSpan(0, length))) return Understand(answer.AsSpan(0, length));
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var headEnd = answer.IndexOf("\r\n\r\n"u8) + 4;
        if (headEnd < 4) return false;
        var head = answer[..headEnd];
        var at = head.IndexOf("Content-Length: "u8);
        if (at < 0) return answer.EndsWith("0\r\n\r\n"u8);        // chunked
        Utf8Parser.TryParse(head[(at + 16)..], out int bodyLength, out _);
        return answer.Length >= headEnd + bodyLength;
    }

    private static Reply Understand(ReadOnlySpan<byte> answer) => new(
        int.Parse(answer.Slice(9, 3), CultureInfo.InvariantCulture),
        answer.IndexOf("\"recorded\":false"u8) < 0,
        answer.IndexOf("\"degraded\":[\""u8) > 0);
}
