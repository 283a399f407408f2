using Microsoft.Extensions.Hosting;

namespace PaymentGuard.Velocity;

/// <summary>Each second, and when the connection to Redis came back: does it still hold all logs? Then tries unconfirmed appends again.</summary>
internal sealed class VelocityMonitor(RedisEpoch epoch, MissingAppends missing, RedisVelocityStore store) : BackgroundService
{
    private const int AppendsAtOnce = 100;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var woken = new SemaphoreSlim(0, 1);
        epoch.Doubted += Wake;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await Look(stoppingToken);
                await woken.WaitAsync(Period, stoppingToken);
            }
        }
        finally { epoch.Doubted -= Wake; }

        void Wake()
        {
            lock (woken)
                if (woken.CurrentCount == 0) woken.Release();
        }
    }

    private async Task Look(CancellationToken ct)
    {
        try
        {
            // A silent Redis is not given more to do.
            if (await epoch.Check(ct)) await missing.Retry(record => store.AppendNow(record, ct), AppendsAtOnce);
        }
        catch (Exception failure) when (RedisFailure.Is(failure)) { }
    }
}
