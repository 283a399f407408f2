using System.Text.Json;
using Microsoft.Extensions.Logging;
using Npgsql;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Platform;

namespace PaymentGuard.Events;

/// <summary>A challenge that the buyer did not pass.</summary>
/// <param name="ChallengeId">The challenge's public id.</param>
/// <param name="IsAbandoned">It was left; else it was answered wrongly, which may happen several times.</param>
internal sealed record ChallengeSignal(string AccountId, string ChallengeId, bool IsAbandoned);

/// <summary>
/// Makes failed and abandoned challenges signals for the rules: account events that PaymentGuard itself says. They are recorded with what they tell of, and
/// appended to the velocity logs once that has committed; what a dying process does not append is found by repair, and a rebuild reads them as all others.
/// </summary>
internal sealed partial class ChallengeSignals(EventStore store, ApplyEvents apply, TimeProvider clock, ILogger<ChallengeSignals> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Records them inside the caller's transaction, who hands what is returned to <see cref="Apply"/> once it has committed.</summary>
    public async Task<IReadOnlyList<PaymentEvent>> Record(NpgsqlConnection connection, IReadOnlyList<ChallengeSignal> signals, CancellationToken ct)
    {
        if (signals.Count == 0) return [];
        var now = clock.GetUtcNow();
        var time = now.InMicroseconds();
        var events = signals.Select(signal => EventOf(signal, time)).ToList();
        await store.Record(connection, events, ct);
        return events;
    }

    /// <summary>Appends to the logs; never throws, and need not be awaited: what it does not do is done by repair.</summary>
    public async Task Apply(IReadOnlyList<PaymentEvent> recorded)
    {
        if (recorded.Count == 0) return;
        using var patience = new CancellationTokenSource(Patience, clock);
        try { await apply.Handle(recorded, patience.Token); }
        catch (Exception failure) { LogLeft(logger, recorded.Count, failure.GetType().Name); }
    }

    private static PaymentEvent EventOf(ChallengeSignal signal, DateTimeOffset time)
    {
        var type = EventType.Find(signal.IsAbandoned ? EventType.ChallengeAbandoned : EventType.ChallengeFailed)!;
        // A challenge is left once, and answered wrongly any number of times.
        var id = signal.IsAbandoned ? signal.ChallengeId : $"{signal.ChallengeId}/{Guid.CreateVersion7(time):N}";
        var json = JsonSerializer.SerializeToUtf8Bytes(new
        {
            specversion = "1.0",
            source = EventType.OwnSource,
            id,
            type = type.Name,
            time = time.UtcDateTime,
            data = new { account = new { id = signal.AccountId } },
        });
        var data = new PaymentAttempt(new PaymentFacts(string.Empty, default), new AccountFacts(signal.AccountId));
        return new PaymentEvent(EventType.OwnSource, id, type, time, data, json);
    }

    [LoggerMessage(LogLevel.Warning, "{Count} signals of challenges are left to repair: {Failure}")]
    private static partial void LogLeft(ILogger logger, int count, string failure);
}
