using Microsoft.Extensions.Logging;
using Npgsql;
using PaymentGuard.Assessments;

namespace PaymentGuard.Events;

/// <summary>
/// Takes events in, from Kafka and by HTTP: payments are assessed, all others recorded and then applied to the velocity logs. While
/// PostgreSQL is away it waits; nothing is dropped.
/// </summary>
internal sealed partial class RecordEvents(
    AssessPayment assess, EventStore store, ApplyEvents apply, TimeProvider clock, ILogger<RecordEvents> logger)
{
    // Nobody waits for a decision here, so a full machine shall not make it a degraded one.
    private const int DeadlineMs = 1_000;
    private const int AttemptsInWorkMax = 256, TriesMax = 4;
    private const string InvalidData = "22", BrokenConstraint = "23";   // classes of SQLSTATE
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Returns when the effect of every event is durable. Events that concern the same account, card, device or payment take effect in
    /// the order given.
    /// </summary>
    /// <returns>For each event what became of it.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; what was not done is done when the events come again.</exception>
    public async Task<IReadOnlyList<EventOutcome>> Handle(IReadOnlyList<PaymentEvent> events, CancellationToken ct)
    {
        var outcomes = new EventOutcome[events.Count];
        foreach (var round in EventRounds.Of(events))
        {
            if (round.IsAttempts) await Assess(events, round.Indexes, outcomes, ct);
            else foreach (var wave in Waves(events, round.Indexes)) await Record(events, wave, outcomes, ct);
        }
        return outcomes;
    }

    /// <summary>Starts assessments in order, which is the order that the velocity logs see, and waits for all.</summary>
    private async Task Assess(IReadOnlyList<PaymentEvent> events, IReadOnlyList<int> indexes, EventOutcome[] outcomes, CancellationToken ct)
    {
        using var room = new SemaphoreSlim(AttemptsInWorkMax);
        var started = new List<Task>(indexes.Count);
        foreach (var index in indexes)
        {
            await room.WaitAsync(CancellationToken.None);
            started.Add(Start(index));
        }
        await Task.WhenAll(started);

        async Task Start(int index)
        {
            try { outcomes[index] = await Persistently(token => Assess(events[index], token), ct) ?? EventOutcome.Refused.CannotBeStored; }
            finally { room.Release(); }
        }
    }

    private async Task<EventOutcome?> Assess(PaymentEvent payment, CancellationToken ct) =>
        await assess.Handle(payment.Data with { DeadlineMs = DeadlineMs }, AssessmentSource.Kafka, ct) switch
        {
            AssessmentOutcome.Answered { Recorded: true } => EventOutcome.Accepted.Instance,
            AssessmentOutcome.ContentDiffers differs => EventOutcome.Refused.PaymentDiffers(differs.Pointers),
            _ => null,
        };

    /// <summary>An identity that comes twice in a batch is in a later wave again, where its first is known.</summary>
    private static IEnumerable<List<int>> Waves(IReadOnlyList<PaymentEvent> events, IReadOnlyList<int> indexes)
    {
        for (var rest = indexes; rest.Count > 0;)
        {
            var wave = rest.DistinctBy(index => events[index].Identity).ToList();
            yield return wave;
            rest = wave.Count == rest.Count ? [] : [.. rest.Except(wave)];
        }
    }

    private async Task Record(IReadOnlyList<PaymentEvent> events, List<int> indexes, EventOutcome[] outcomes, CancellationToken ct)
    {
        var recorded = await Persistently(token => Record([.. indexes.Select(index => events[index])], token), ct);
        if (recorded is not null)
            foreach (var (place, index) in indexes.Index()) outcomes[index] = recorded[place];
        else if (indexes is [var single])
            outcomes[single] = EventOutcome.Refused.CannotBeStored;
        else
            foreach (var index in indexes) await Record(events, [index], outcomes, ct);     // one of them spoils the others
    }

    private async Task<EventOutcome[]?> Record(PaymentEvent[] events, CancellationToken ct)
    {
        var recordings = await store.Record(events, ct);
        await apply.Handle([.. events.Where((_, index) => recordings[index] is EventRecording.Inserted or EventRecording.Known)], ct);
        return [.. recordings.Select(Outcome)];
    }

    private static EventOutcome Outcome(EventRecording recording) => recording switch
    {
        EventRecording.Inserted => EventOutcome.Accepted.Instance,
        EventRecording.Known or EventRecording.Applied => EventOutcome.Duplicate.Instance,
        EventRecording.Differs => EventOutcome.Refused.EventDiffers,
    };

    /// <summary>Tries until there is a result; null when it fails for what it is, and not for the state of a server.</summary>
    private async Task<T?> Persistently<T>(Func<CancellationToken, Task<T?>> step, CancellationToken ct) where T : class
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                if (await step(ct) is { } result) return result;
            }
            catch (Exception failure) when (!ct.IsCancellationRequested)
            {
                LogFailure(logger, tries, failure.GetType().Name, (failure as PostgresException)?.SqlState);
                if (IsRefusal(failure) || tries >= TriesMax && !IsOutage(failure)) return null;
            }
            await Task.Delay(Pause(tries), clock, ct);
        }
    }

    private static bool IsRefusal(Exception failure) =>
        failure is PostgresException { SqlState: { } state }
        && (state.StartsWith(InvalidData, StringComparison.Ordinal) || state.StartsWith(BrokenConstraint, StringComparison.Ordinal));

    private static bool IsOutage(Exception failure) =>
        failure is NpgsqlException or TimeoutException or IOException or OperationCanceledException or Polly.ExecutionRejectedException;

    private static TimeSpan Pause(int tries) =>
        TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(tries - 1, 10)));

    [LoggerMessage(LogLevel.Warning, "Events wait: try {Try} ended with {Failure} {SqlState}")]
    private static partial void LogFailure(ILogger logger, int @try, string failure, string? sqlState);
}
