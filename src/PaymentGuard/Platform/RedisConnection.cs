using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace PaymentGuard.Platform;

/// <summary>
/// The connection to Redis that a process has. It returns at once, also when Redis is away: the client makes the connection good in the background, and
/// commands fail until then. Rarely the client does not: cut during its handshake, a connection may stay where it was for ever, its commands never sent.
/// So one that has been gone for <see cref="Patience"/> is given up and made anew; a Redis that is really away does not mind.
/// </summary>
internal sealed partial class RedisConnection : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(0.5);

    private readonly ConfigurationOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly CancellationTokenSource end = new();
    private volatile ConnectionMultiplexer current;

    public RedisConnection(Settings settings, TimeProvider clock, ILogger<RedisConnection> logger)
    {
        (this.clock, this.logger) = (clock, logger);
        options = ConfigurationOptions.Parse(settings.Redis);
        options.AbortOnConnectFail = false;
        options.ConnectRetry = 1;
        options.ConnectTimeout = 1_000;
        options.SyncTimeout = 1_000;
        options.KeepAlive = 5;
        options.ReconnectRetryPolicy = new LinearRetry(250);
        options.ClientName = "paymentguard";
        options.DefaultDatabase = 0;
        current = Use(ConnectionMultiplexer.Connect(options));
        _ = Watch(end.Token);
    }

    /// <summary>How long a connection may be gone, to all servers of a cluster, before it is made anew.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    public bool IsConnected => current.IsConnected;

    /// <summary>The client, for what few ask; another one after the connection was made anew.</summary>
    public IConnectionMultiplexer Client => current;

    /// <summary>Raised on any thread when a connection failed, came back, or was made anew: Redis may be another one then.</summary>
    public event Action? Changed;

    public IDatabase GetDatabase() => current.GetDatabase();

    public void Dispose()
    {
        end.Cancel();
        current.Dispose();
    }

    private async Task Watch(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Look, clock);
        for (var seen = clock.GetTimestamp(); await timer.WaitForNextTickAsync(ct).AsTask().ContinueWith(static tick => tick.IsCompletedSuccessfully, TaskScheduler.Default);)
        {
            if (current.IsConnected) seen = clock.GetTimestamp();
            if (clock.GetElapsedTime(seen) < Patience) continue;
            await MakeAnew();
            seen = clock.GetTimestamp();
        }
    }

    private async Task MakeAnew()
    {
        LogAnew(logger, Patience.TotalSeconds);
        var old = current;
        try { current = Use(await ConnectionMultiplexer.ConnectAsync(options)); }
        catch (Exception failure)
        {
            LogNotMade(logger, failure.GetType().Name);     // tried again after another while
            return;
        }
        Changed?.Invoke();
        old.Dispose();
    }

    private ConnectionMultiplexer Use(ConnectionMultiplexer made)
    {
        // In order, one blocked continuation would hold up every other answer.
        made.PreserveAsyncOrder = false;
        made.ConnectionFailed += (_, _) => Changed?.Invoke();
        made.ConnectionRestored += (_, _) => Changed?.Invoke();
        return made;
    }

    [LoggerMessage(LogLevel.Warning, "Redis has not been connected for {Seconds} s: the connection is made anew")]
    private static partial void LogAnew(ILogger logger, double seconds);

    [LoggerMessage(LogLevel.Error, "No connection to Redis could be made: {Failure}")]
    private static partial void LogNotMade(ILogger logger, string failure);
}
