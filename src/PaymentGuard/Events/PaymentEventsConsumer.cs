using Confluent.Kafka;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PaymentGuard.Platform;

namespace PaymentGuard.Events;

/// <summary>
/// Reads <see cref="KafkaTopics.Events"/> as a member of the group, as long as the process runs, on a thread of its own because the
/// client blocks. Brokers that are away are waited for.
/// </summary>
internal sealed partial class PaymentEventsConsumer(
    Settings settings, TakeMessages take, TimeProvider clock, ILogger<PaymentEventsConsumer> logger) : BackgroundService
{
    private static readonly TimeSpan StartAgainAfter = TimeSpan.FromSeconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => Run(stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try { new ConsumerMembership(settings.Kafka!, take, clock, logger, ct).Run(); }
            catch (Exception) when (ct.IsCancellationRequested) { }
            catch (Exception failure)
            {
                LogStartingAgain(logger, failure.GetType().Name, (failure as KafkaException)?.Error.Code);
                ct.WaitHandle.WaitOne(StartAgainAfter);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Kafka consumer begins again after {Failure} {Code}")]
    private static partial void LogStartingAgain(ILogger logger, string failure, ErrorCode? code);
}
