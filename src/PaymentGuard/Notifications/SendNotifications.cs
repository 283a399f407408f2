using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using PaymentGuard.Notifications.Senders;
using PaymentGuard.Platform;

namespace PaymentGuard.Notifications;

/// <summary>
/// Sends the queued messages. Every process of an installation takes part: one that takes a message has it to itself for <see cref="MessageTable.Lease"/>, so a
/// code is sent at once by the process that queued it. A message is marked when its receiver has it; it comes twice only when between the two the process dies, or
/// PostgreSQL is away for longer than the lease and another process is quicker. Each channel has its own places: a receiver that hangs holds up nobody else's messages.
/// </summary>
internal sealed partial class SendNotifications(
    NpgsqlDataSource postgres, MessageSenders senders, NotificationTexts texts, NotificationsQueued queued, DataKeys keys, AccountPage page, TimeProvider clock,
    ILogger<SendNotifications> logger) : BackgroundService
{
    /// <summary>Messages of one channel that are sent at a time.</summary>
    public const int PlacesMax = 8;

    /// <summary>Longest time for one message, after which it has failed.</summary>
    public static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1), StorePatience = TimeSpan.FromSeconds(10), StorePause = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, SemaphoreSlim> places = senders.Channels.ToDictionary(channel => channel, _ => new SemaphoreSlim(PlacesMax));
    // What was sent while PostgreSQL was away is not sent again by us when its lease is over, only marked.
    private readonly ConcurrentDictionary<Guid, byte> inWork = [];
    private bool isDatabaseAway;

    /// <summary>How long to wait after a failed attempt: 1 s, doubling to an hour.</summary>
    public static TimeSpan Pause(int attempts) => attempts > 12 ? LongestPause : TimeSpan.FromSeconds(Math.Min(1 << (attempts - 1), LongestPause.TotalSeconds));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (senders.Channels.Count == 0) LogNoSender(logger);
        else if (!page.IsSet) LogNoPage(logger, page.Url);
        await Task.Yield();             // the host's start does not wait for us
        while (!stoppingToken.IsCancellationRequested)
        {
            var more = queued.Next;
            await Look(stoppingToken);
            await queued.Wait(more, stoppingToken);
        }
        // What is being sent is finished and marked.
        foreach (var channel in places.Values)
            for (var place = 0; place < PlacesMax; place++) await channel.WaitAsync(CancellationToken.None);
    }

    private async Task Look(CancellationToken stopping)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        bounded.CancelAfter(StorePatience);
        try
        {
            var free = places.Where(channel => channel.Value.CurrentCount > 0).ToDictionary(channel => channel.Key, channel => channel.Value.CurrentCount);
            var (claimed, givenUp) = await MessageTable.Claim(postgres, [.. free.Keys], [.. free.Values], clock.GetUtcNow(), bounded.Token);
            foreach (var message in claimed) Start(message, stopping);
            if (givenUp > 0) LogGivenUp(logger, givenUp);
            NotificationMetrics.GivenUp.Add(givenUp);
            isDatabaseAway = false;
        }
        catch (Exception) when (stopping.IsCancellationRequested) { }
        catch (Exception failure)
        {
            if (!isDatabaseAway) LogAway(logger, failure.GetType().Name, (failure as PostgresException)?.SqlState);
            isDatabaseAway = true;
        }
    }

    private void Start(ClaimedMessage message, CancellationToken stopping)
    {
        if (!inWork.TryAdd(message.Id, 0)) return;
        var channel = places[message.Channel];
        channel.Wait(0, CancellationToken.None);      // only this loop takes places, and it asked for no more than are free
        _ = Task.Run(async () =>
        {
            try { await Deliver(message, stopping); }
            finally
            {
                inWork.TryRemove(message.Id, out _);
                channel.Release();
                queued.Signal();        // something may be left that there was no place for
            }
        }, CancellationToken.None);
    }

    private async Task Deliver(ClaimedMessage message, CancellationToken stopping)
    {
        var failure = await Send(message);
        if (failure is null) await StoreSent(message, stopping);
        else await StoreFailure(message, failure);
    }

    /// <summary>What went wrong; null: the receiver has it.</summary>
    private async Task<Exception?> Send(ClaimedMessage claimed)
    {
        try
        {
            var rest = claimed.ExpiresAt - clock.GetUtcNow();
            if (rest <= TimeSpan.Zero) return new TimeoutException();
            using var patience = new CancellationTokenSource(rest < SendPatience ? rest : SendPatience, clock);
            await senders.Of(claimed.Channel).Send(ToMessage(claimed), patience.Token);
            return null;
        }
        catch (Exception failure) { return failure; }
    }

    private OutgoingMessage ToMessage(ClaimedMessage claimed)
    {
        var body = JsonSerializer.Deserialize<MessageBody>(keys.Decrypt(claimed.Body, MessageBody.Place(claimed.Id)))!;
        var text = texts.Of(claimed, body.Facts);
        return new OutgoingMessage(
            claimed.Id, claimed.NotificationId, claimed.AccountId, claimed.Kind, claimed.Channel, body.Address, text.Subject, text.Text, text.Link, claimed.CreatedAt);
    }

    /// <summary>Tries until PostgreSQL takes it: a message that was sent and is not marked will be sent again.</summary>
    private async Task StoreSent(ClaimedMessage message, CancellationToken stopping)
    {
        NotificationMetrics.Sent.Add(1, new KeyValuePair<string, object?>("channel", message.Channel));
        for (var at = clock.GetUtcNow(); !await TryStore(ct => MessageTable.StoreSent(postgres, message.Id, at, ct));)
        {
            if (stopping.IsCancellationRequested) { LogNotMarked(logger, message.Id); return; }
            await Task.Delay(StorePause, clock, CancellationToken.None);
        }
    }

    private async Task StoreFailure(ClaimedMessage message, Exception failure)
    {
        NotificationMetrics.Failed.Add(1, new KeyValuePair<string, object?>("channel", message.Channel));
        LogFailure(logger, message.Kind, message.Channel, message.Id, message.Attempts, failure.GetType().Name, (failure as IDescribedFailure)?.Description ?? "");
        // If this is not stored, the message comes again when the lease ends.
        var nextAt = clock.GetUtcNow() + Pause(message.Attempts);
        await TryStore(ct => MessageTable.StoreRetry(postgres, message.Id, nextAt, ct));
    }

    private async Task<bool> TryStore(Func<CancellationToken, Task> store)
    {
        using var patience = new CancellationTokenSource(StorePatience, clock);
        try
        {
            await store(patience.Token);
            return true;
        }
        catch (Exception) { return false; }
    }

    [LoggerMessage(LogLevel.Warning, "PAYMENTGUARD_SENDER is not set: messages to buyers, codes among them, are queued and not sent")]
    private static partial void LogNoSender(ILogger logger);

    [LoggerMessage(LogLevel.Warning, "PAYMENTGUARD_ACCOUNT_PAGE is not set: the links in messages to buyers lead to {Page}")]
    private static partial void LogNoPage(ILogger logger, string page);

    // Neither the address nor what a receiver said, which may repeat it.
    [LoggerMessage(LogLevel.Warning, "The message {Kind} by {Channel}, {Id}, was not sent at attempt {Attempts}: {Failure} {Description}")]
    private static partial void LogFailure(ILogger logger, string kind, string channel, Guid id, int attempts, string failure, string description);

    [LoggerMessage(LogLevel.Warning, "{Count} messages were given up: their time was over")]
    private static partial void LogGivenUp(ILogger logger, int count);

    [LoggerMessage(LogLevel.Warning, "The message {Id} was sent and could not be marked before the process ended: it will come again")]
    private static partial void LogNotMarked(ILogger logger, Guid id);

    [LoggerMessage(LogLevel.Warning, "PostgreSQL does not say which messages are due, they wait: {Failure} {SqlState}")]
    private static partial void LogAway(ILogger logger, string failure, string? sqlState);
}
