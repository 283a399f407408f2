using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.Platform;
using StackExchange.Redis;

namespace PaymentGuard.Velocity;

/// <summary>
/// Compacts long logs after the payment was answered, two at a time. What does not fit the queue is found again with the entity's next payment.
/// A log that was compacted or replaced meanwhile is left alone; what was appended meanwhile is kept.
/// </summary>
internal sealed class RedisCompaction(RedisConnection redis, TimeProvider clock) : BackgroundService
{
    private const int Workers = 2, QueueLength = 256;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(2);

    /// <summary>The log is still the one that was read when its first record is (a header counts compactions) and the last one that was read stands where it stood.
    /// Sent whole each time, about once in 96 appends: nothing to lose when Redis forgets its scripts.</summary>
    private const string Replace = """
        local length = tonumber(ARGV[1])
        if redis.call('GETRANGE', KEYS[1], 0, 31) ~= ARGV[2] or redis.call('GETRANGE', KEYS[1], length - 32, length - 1) ~= ARGV[3] then return 0 end
        redis.call('SET', KEYS[1], ARGV[4] .. redis.call('GETRANGE', KEYS[1], length, -1), 'EX', ARGV[5])
        return 1
        """;

    private readonly Channel<(EntityKey Key, EntityDefinition Definition)> queue =
        Channel.CreateBounded<(EntityKey, EntityDefinition)>(new BoundedChannelOptions(QueueLength) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Queues the logs that a payment found too long.</summary>
    public void Consider(RedisCall call)
    {
        var entities = call.Attempt.Settings.Entities;
        for (var entity = 0; entity < entities.Length; entity++)
            if (call.LogOf(entity) is { } log && LogCompactor.IsDue(log, entities[entity])) queue.Writer.TryWrite((call.Attempt.KeyOf(entity), entities[entity]));
    }

    /// <returns>Whether the log was replaced.</returns>
    internal async Task<bool> Compact(EntityKey key, EntityDefinition definition, CancellationToken ct)
    {
        var database = redis.GetDatabase();
        RedisKey name = key.ToString();
        var read = database.StringGetAsync(name);
        if (!await read.EndsWithin(Budget, clock, ct)) return false;
        byte[]? log = read.Result;
        if (log is null || log.Length % VelocityRecord.Size != 0 || !LogCompactor.IsDue(log, definition)) return false;
        var replaced = database.ExecuteAsync(
            "EVAL", Replace, 1, name, log.Length, log[..VelocityRecord.Size], log[^VelocityRecord.Size..],
            LogCompactor.Compact(log, definition), (long)definition.Retention.TotalSeconds);
        return await replaced.EndsWithin(Budget, clock, ct) && (long)replaced.Result == 1;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Work(stoppingToken)));

    private async Task Work(CancellationToken ct)
    {
        await foreach (var (key, definition) in queue.Reader.ReadAllAsync(ct))
        {
            // A Redis that is away now has the log the next time.
            try { await Compact(key, definition, ct); }
            catch (Exception failure) when (RedisFailure.Is(failure) && !ct.IsCancellationRequested) { }
        }
    }
}
