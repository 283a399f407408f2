using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Platform;

namespace PaymentGuard.Assessments;

/// <summary>
/// One payment in, one decision out. In this process a payment is decided by whoever asks first, and all others share the answer; between
/// processes PostgreSQL tells who was first, and Redis while PostgreSQL does not (see the decision record on one payment, one decision).
/// What gives way, in this order: the deadline, then the one answer, then nothing: an answer that was given is never lost.
/// </summary>
internal sealed partial class AssessPayment(
    DecisionMaker decisions, AssessmentStore store, AssessmentSpool spool, DecisionClaims claims, DataKeys keys, Settings settings, TimeProvider clock,
    ILogger<AssessPayment> logger)
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, DecisionInWork> inWork = new(StringComparer.Ordinal);
    private readonly int inWorkMax = settings.DecisionsInWorkMax;
    private int requests;

    /// <summary>Decides the payment, or repeats what was decided for it. By HTTP within the attempt's deadline; from Kafka once PostgreSQL has it.</summary>
    public Task<AssessmentOutcome> Handle(PaymentAttempt attempt, AssessmentSource source, CancellationToken ct) => source switch
    {
        AssessmentSource.Http => HandleHttp(attempt),
        AssessmentSource.Kafka => HandleKafka(attempt, ct),
    };

    private async Task<AssessmentOutcome> HandleHttp(PaymentAttempt attempt)
    {
        if (Interlocked.Increment(ref requests) > inWorkMax)
        {
            Interlocked.Decrement(ref requests);
            Metrics.Overloaded.Add(1);
            return AssessmentOutcome.Overloaded.Instance;
        }
        var content = AttemptContent.Of(attempt);
        var mine = new DecisionInWork(content);
        try { return GiveNow(await Settle(attempt, mine, AssessmentSource.Http, CancellationToken.None).ConfigureAwait(false), content); }
        finally
        {
            Leave(attempt, mine);
            Interlocked.Decrement(ref requests);
        }
    }

    private async Task<AssessmentOutcome> HandleKafka(PaymentAttempt attempt, CancellationToken ct)
    {
        var content = AttemptContent.Of(attempt);
        while (true)
        {
            var mine = new DecisionInWork(content);
            try
            {
                var settlement = await Settle(attempt, mine, AssessmentSource.Kafka, ct).ConfigureAwait(false);
                if (settlement.Row is { } row) return Give(settlement.IsRecorded ? row : await Record(row, ct).ConfigureAwait(false), content, recorded: true);
                if (settlement.Other is { } other) return Differs(content, other);
            }
            finally { Leave(attempt, mine); }
            await Task.Delay(RetryInterval, clock, ct).ConfigureAwait(false);
        }
    }

    /// <summary>The answer that counts for this payment, as far as it is known by the deadline. The first who asks finds it, the others wait for it.</summary>
    private async Task<Settlement> Settle(PaymentAttempt attempt, DecisionInWork mine, AssessmentSource source, CancellationToken ct)
    {
        var deadline = new Deadline(clock, attempt.DeadlineMs ?? PaymentAttempt.DeadlineMsDefault);
        var first = inWork.GetOrAdd(attempt.Payment.Id, mine);
        if (!ReferenceEquals(first, mine)) return await Join(first, mine.Content, deadline).ConfigureAwait(false);
        try
        {
            var settlement = spool.Find(attempt.Payment.Id) is { } spooled
                ? Settlement.Unrecorded(spooled)
                : await Decide(attempt, mine.Content, source, deadline, ct).ConfigureAwait(false);
            mine.Settled.SetResult(settlement);
            return settlement;
        }
        finally { mine.Settled.TrySetResult(Settlement.Pending); }
    }

    private static async Task<Settlement> Join(DecisionInWork first, AttemptContent content, Deadline deadline)
    {
        if (!first.Content.Hash.AsSpan().SequenceEqual(content.Hash)) return Settlement.OfOther(first.Content);
        await first.Settled.Task.ForAtMost(deadline.Left);
        return first.Settled.Task.IsCompletedSuccessfully ? first.Settled.Task.Result : Settlement.Pending;
    }

    private async Task<Settlement> Decide(PaymentAttempt attempt, AttemptContent content, AssessmentSource source, Deadline deadline, CancellationToken ct)
    {
        var workspace = decisions.Rent();
        try
        {
            // The marker goes out with the velocity commands: one round trip.
            var marker = claims.Begin(attempt.Payment.Id);
            var row = await DecideAnew(workspace, attempt, content, source, deadline, marker, ct).ConfigureAwait(false);
            var settlement = await claims.OwnerOf(marker, deadline.ForSignals).ConfigureAwait(false) == ClaimState.OtherDeciding
                ? await Follow(row, attempt, deadline).ConfigureAwait(false)
                : await Store(row, attempt, deadline).ConfigureAwait(false);
            if (settlement.Row is { } counts && counts.Id != row.Id) await decisions.Undo(workspace, counts, ct).ConfigureAwait(false);
            return settlement;
        }
        finally { DecisionMaker.Return(workspace); }
    }

    private async ValueTask<AssessmentRow> DecideAnew(
        DecisionMaker.Workspace workspace, PaymentAttempt attempt, AttemptContent content, AssessmentSource source, Deadline deadline, ClaimMarker? marker,
        CancellationToken ct)
    {
        try { return await decisions.Decide(workspace, attempt, content, source, deadline, marker, ct).ConfigureAwait(false); }
        catch
        {
            claims.Abandon(marker);
            throw;
        }
    }

    /// <summary>Another process may be deciding this payment: asks for its answer, and decides only if it gave up.</summary>
    private async Task<Settlement> Follow(AssessmentRow row, PaymentAttempt attempt, Deadline deadline)
    {
        for (var pause = TimeSpan.FromMilliseconds(1); ; pause *= 2)
        {
            var claim = await claims.Read(row.PaymentId, deadline.Left).ConfigureAwait(false);
            if (claim.State is ClaimState.Mine or ClaimState.Free or ClaimState.Away) return await Store(row, attempt, deadline).ConfigureAwait(false);
            if (await StoredRow(row.PaymentId, deadline.Left).ConfigureAwait(false) is { } stored) return Settlement.Recorded(stored);
            if (claim.Answer is { } answer) return Settlement.Unrecorded(answer);
            if (deadline.Left <= pause) return Settlement.Pending;
            await Task.Delay(pause, clock).ConfigureAwait(false);
        }
    }

    private async Task<AssessmentRow?> StoredRow(string paymentId, TimeSpan budget)
    {
        if (!store.IsAvailable) return null;
        var read = store.OfPayment(paymentId, CancellationToken.None).AsTask();
        await read.ForAtMost(budget);
        return read.IsCompletedSuccessfully ? read.Result : null;
    }

    private async Task<Settlement> Store(AssessmentRow row, PaymentAttempt attempt, Deadline deadline)
    {
        var ticket = store.Add(row);
        await ticket.Stored.ForAtMost(deadline.ForRecording);
        if (ticket.Stored is { IsCompletedSuccessfully: true, Result: { } winner }) return Settlement.Recorded(winner);
        if (ticket.IsRefused) return await Store(await decisions.Refused(row, attempt, deadline).ConfigureAwait(false), attempt, deadline).ConfigureAwait(false);
        // What a writer has may be stored at any time, and then counts as it is.
        if (ticket.TryWithdraw()) row = row.Answering(row.Draft!.WithoutPostgres());
        var claim = await claims.Answer(row, deadline.Left).ConfigureAwait(false);
        return claim.State switch
        {
            ClaimState.Mine or ClaimState.Away or ClaimState.Free => Settlement.Unrecorded(row),     // from here the spool stores it
            // A writer may be storing our row right now: then nobody knows yet which one counts.
            ClaimState.Answered when ticket.TryWithdraw() => Settlement.Unrecorded(claim.Answer!),
            // The deadline gives way before the one answer does.
            ClaimState.Answered or ClaimState.OtherDeciding or ClaimState.Late => Settlement.Pending,
        };
    }

    /// <summary>Waits for PostgreSQL, however long it is away.</summary>
    /// <returns>The row that it has for the payment.</returns>
    private async Task<AssessmentRow> Record(AssessmentRow row, CancellationToken ct)
    {
        while (true)
        {
            if (await store.Add(row, isGiven: true).Stored.WaitAsync(ct).ConfigureAwait(false) is { } stored)
            {
                claims.Forget([row]);
                return stored;
            }
            await Task.Delay(RetryInterval, clock, ct).ConfigureAwait(false);
        }
    }

    /// <summary>By HTTP: an answer that PostgreSQL has not confirmed is given once it lies in the spool.</summary>
    private AssessmentOutcome GiveNow(Settlement settlement, AttemptContent content)
    {
        if (settlement.Other is { } other) return Differs(content, other);
        if (settlement.Row is not { } row) return AssessmentOutcome.Pending.Instance;
        if (settlement.IsRecorded || !row.HasContent(content.Hash)) return Give(row, content, settlement.IsRecorded);
        try { spool.Append(row); }
        catch (IOException failure)
        {
            NotSpooled(logger, failure);
            return AssessmentOutcome.Unavailable.Instance;
        }
        Metrics.Unrecorded.Add(1);
        return Give(row, content, recorded: false);
    }

    private AssessmentOutcome Give(AssessmentRow row, AttemptContent content, bool recorded)
    {
        if (row.HasContent(content.Hash)) return new AssessmentOutcome.Answered(recorded ? row.Answer : AnswerJson.Unrecorded(row.Answer), recorded);
        return Differs(content, keys.Decrypt(row.Request, AssessmentRow.RequestPlace(row.Id)));
    }

    private static AssessmentOutcome.ContentDiffers Differs(AttemptContent content, ReadOnlyMemory<byte> other) =>
        new(AttemptContent.DifferingFields(content.Json, other));

    private void Leave(PaymentAttempt attempt, DecisionInWork mine) => inWork.TryRemove(new(attempt.Payment.Id, mine));

    [LoggerMessage(LogLevel.Error, "The spool does not take an assessment; its answer is not given")]
    private static partial void NotSpooled(ILogger logger, Exception failure);

    /// <summary>A payment that is being decided in this process.</summary>
    private sealed class DecisionInWork(AttemptContent content)
    {
        public AttemptContent Content => content;

        public TaskCompletionSource<Settlement> Settled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>What is known of a payment's answer: a row that counts, or other content that is being decided, or nothing yet.</summary>
    private sealed record Settlement(AssessmentRow? Row, bool IsRecorded, byte[]? Other)
    {
        public static readonly Settlement Pending = new(null, false, null);

        public static Settlement Recorded(AssessmentRow row) => new(row, true, null);

        public static Settlement Unrecorded(AssessmentRow row) => new(row, false, null);

        public static Settlement OfOther(AttemptContent content) => new(null, false, content.Json);
    }
}
