using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PaymentGuard.Platform;

/// <summary>Has a running process take up new data keys. While the file cannot be used, the keys stay as they are and an error is logged.</summary>
internal sealed partial class DataKeysFollower(DataKeys keys, TimeProvider clock, ILogger<DataKeysFollower> logger) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private string newest = keys.Ids[^1];
    private string? problem;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken)) Follow();
    }

    /// <summary>One look at the file. Each problem is logged once, until the file is good again.</summary>
    public void Follow()
    {
        try
        {
            keys.Follow();
            problem = null;
            // A value under the new key may have made the keys follow before us.
            if (keys.Ids[^1] is var id && id != newest) LogNewest(logger, newest = id);
        }
        catch (SettingException failure)
        {
            if (failure.Message != problem) LogProblem(logger, problem = failure.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "The data key {KeyId} encrypts from now on")]
    private static partial void LogNewest(ILogger logger, string keyId);

    [LoggerMessage(LogLevel.Error, "The data keys stay as they are: {Problem}")]
    private static partial void LogProblem(ILogger logger, string problem);
}
