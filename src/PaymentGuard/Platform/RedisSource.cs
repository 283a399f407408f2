using StackExchange.Redis;

namespace PaymentGuard.Platform;

/// <summary>Makes the one connection to Redis that a process has.</summary>
internal static class RedisSource
{
    /// <summary>
    /// Returns at once, also when Redis is away: the connection is made good in the background, and commands fail until then.
    /// </summary>
    public static ConnectionMultiplexer Create(Settings settings)
    {
        var options = ConfigurationOptions.Parse(settings.Redis);
        options.AbortOnConnectFail = false;
        options.ConnectRetry = 1;
        options.ConnectTimeout = 1_000;
        options.SyncTimeout = 1_000;
        options.KeepAlive = 5;
        options.ReconnectRetryPolicy = new LinearRetry(250);
        options.ClientName = "paymentguard";
        options.DefaultDatabase = 0;
        var redis = ConnectionMultiplexer.Connect(options);
        // In order, one blocked continuation would hold up every other answer.
        redis.PreserveAsyncOrder = false;
        return redis;
    }
}
