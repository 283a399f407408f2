using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Velocity;

/// <summary>
/// Each second, and when the connection to Redis came back: does Redis hold all logs, and which of them miss an append, by what PostgreSQL says? Then
/// tries again the appends of this process that were not confirmed.
/// </summary>
internal sealed partial class VelocityMonitor(
    RedisEpoch epoch, MissingAppends missing, RedisVelocityStore store, VelocityHistory history, VelocityRebuild rebuild, TimeProvider clock, ILogger<VelocityMonitor> logger)
    : BackgroundService
{
    private const int AppendsAtOnce = 100;

    /// <summary>Missing appends that are listed one by one, by each process and each second; when there are more, all entities are concerned.</summary>
    private const int ListedMax = 1_000;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1), StartPatience = TimeSpan.FromSeconds(1), StartPeriod = TimeSpan.FromMilliseconds(20);
    private bool isDatabaseAway;

    /// <summary>Lets the first payments have velocities where that takes no longer than a second.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        missing.SetRecorded(null);
        for (var begun = clock.GetTimestamp(); clock.GetElapsedTime(begun) < StartPatience;)
        {
            await Look(cancellationToken);
            if (epoch.IsComplete) break;
            await Task.Delay(StartPeriod, clock, cancellationToken);
        }
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var woken = new SemaphoreSlim(0, 1);
        epoch.Doubted += Wake;
        try
        {
            while (true)
            {
                await woken.WaitAsync(Period, stoppingToken);
                await Look(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
        finally { epoch.Doubted -= Wake; }

        void Wake()
        {
            lock (woken)
                if (woken.CurrentCount == 0) woken.Release();
        }
    }

    private async Task Look(CancellationToken ct)
    {
        await AskPostgres(ct);
        try
        {
            // A silent Redis is not given more to do.
            if (await epoch.Check(ct)) await missing.Retry(record => store.AppendNow(record, ct), AppendsAtOnce);
        }
        catch (Exception failure) when (RedisFailure.Is(failure) && !ct.IsCancellationRequested) { }
    }

    /// <summary>While PostgreSQL is away, what it said last counts: others cannot record there either what is missing.</summary>
    private async Task AskPostgres(CancellationToken ct)
    {
        try
        {
            if (await rebuild.RecordedEpoch(ct) is { } name) epoch.Expect(name);
            var attempts = await history.MissingAttempts(ListedMax, ct);
            var events = await history.MissingEvents(ListedMax, ct);
            var isListed = attempts.Count < ListedMax && events.Count < ListedMax;
            var records = attempts.Select(attempt => attempt.Record).Concat(events.Select(one => one.Record).OfType<VelocityEvent>());
            missing.SetRecorded(isListed ? [.. records.SelectMany(record => record.Records).Select(record => record.Key)] : null);
            isDatabaseAway = false;
        }
        catch (Exception failure) when (!ct.IsCancellationRequested)
        {
            if (!isDatabaseAway) LogAway(logger, failure.GetType().Name, (failure as PostgresException)?.SqlState);
            isDatabaseAway = true;
        }
    }

    [LoggerMessage(LogLevel.Warning, "PostgreSQL does not say which velocities miss an append: {Failure} {SqlState}")]
    private static partial void LogAway(ILogger logger, string failure, string? sqlState);
}
