using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using PaymentGuard.Domain.Sca;

namespace PaymentGuard.Sca;

/// <summary>
/// The fraud rates of the last quarters, in memory for the decisions: read when the process starts, at each hour, and as soon as a quarter is over.
/// While PostgreSQL is away the last ones stay.
/// </summary>
internal sealed partial class FraudRates(FraudRateTable table, TimeProvider clock, ILogger<FraudRates> logger) : BackgroundService
{
    /// <summary>How far back it matters whether a band was opened or stopped.</summary>
    public const int QuartersBack = 8;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1), RetryInterval = TimeSpan.FromSeconds(2), Tick = TimeSpan.FromSeconds(1);

    private volatile Snapshot? current;

    /// <summary>The quarter that a moment lies in.</summary>
    public static Quarter QuarterAt(DateTimeOffset at) => Quarter.Of(at, TimeZoneInfo.Utc);

    /// <summary>The quarters so many before this one.</summary>
    public static Quarter Back(Quarter quarter, int count) => count == 0 ? quarter : Back(quarter.Previous, count - 1);

    /// <summary>The instrument's quarters that are over by now. Null: not known, which also holds in the first moments after a quarter's end.</summary>
    public IReadOnlyCollection<QuarterRate>? Of(PaymentInstrument instrument, DateTimeOffset now) =>
        current is { } snapshot && snapshot.Last == QuarterAt(now).Previous ? snapshot.Rates.GetValueOrDefault(instrument, []) : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();     // the host's start does not wait for us
        var due = clock.GetUtcNow();
        while (!stoppingToken.IsCancellationRequested)
        {
            var now = clock.GetUtcNow();
            if (now >= due || current?.Last != QuarterAt(now).Previous) due = now + (await TryRead(now, stoppingToken) ? Interval : RetryInterval);
            await Task.Delay(current is null ? RetryInterval : Tick, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> TryRead(DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            var last = QuarterAt(now).Previous;
            var quarters = await table.Read(Back(last, QuartersBack - 1), last, ct);
            current = new Snapshot(last, quarters.GroupBy(one => one.Instrument).ToImmutableDictionary(
                group => group.Key, group => group.Select(one => new QuarterRate(one.Quarter, one.Rate)).ToImmutableArray()));
            return true;
        }
        catch (Exception failure) when (!ct.IsCancellationRequested)
        {
            NotRead(logger, failure.GetType().Name, (failure as PostgresException)?.SqlState);
            return false;
        }
        catch (Exception) when (ct.IsCancellationRequested) { return false; }
    }

    [LoggerMessage(LogLevel.Warning, "The fraud rates are not read, the last ones stay: {Failure} {SqlState}")]
    private static partial void NotRead(ILogger logger, string failure, string? sqlState);

    private sealed record Snapshot(Quarter Last, ImmutableDictionary<PaymentInstrument, ImmutableArray<QuarterRate>> Rates);
}
