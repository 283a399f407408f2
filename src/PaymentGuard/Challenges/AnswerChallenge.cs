using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using PaymentGuard.Accounts;
using PaymentGuard.Audit;
using PaymentGuard.Challenges.Factors;
using PaymentGuard.Domain.Challenges;
using PaymentGuard.Events;
using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges;

/// <summary>What the caller of an answer is told: a proof, or that it was refused and never why.</summary>
internal abstract record AnswerOutcome
{
    private AnswerOutcome() { }

    /// <param name="Challenge">As it is now.</param>
    /// <param name="RecoveryCodesLeft">After an answer with a recovery code: how many the account has still. Null: it was no such answer.</param>
    internal sealed record Accepted(Challenge Challenge, int? RecoveryCodesLeft = null) : AnswerOutcome;

    internal sealed record Refused : AnswerOutcome
    {
        public static readonly Refused Instance = new();
    }

    /// <summary>PostgreSQL did not take it, so nothing was accepted and nothing counted.</summary>
    internal sealed record Unavailable : AnswerOutcome
    {
        public static readonly Unavailable Instance = new();
    }
}

/// <summary>
/// Takes answers to challenges. All that wait are judged in one transaction, which locks their accounts, judges one after the other and writes lock, use and
/// audit entry together: many answers cost one commit and one turn at the end of the audit chain, and no two answers of an account are ever judged at once.
/// </summary>
internal sealed partial class AnswerChallenge(
    NpgsqlDataSource postgres, AuditLog audit, NotificationOutbox notifications, NotificationsQueued queued, ChallengeSignals signals, DataKeys keys,
    CodeHashes hashes, Passkeys passkeys, TimeProvider clock, ILogger<AnswerChallenge> logger) : BackgroundService
{
    private const int AnswersMax = 200, QueueMax = 4_096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Channel<Pending> queue = Channel.CreateBounded<Pending>(QueueMax);

    /// <summary>Judges an answer. Whatever goes wrong, nothing is accepted.</summary>
    public async Task<AnswerOutcome> Handle(ChallengeAnswer answer)
    {
        var pending = new Pending(answer);
        if (!queue.Writer.TryWrite(pending)) return AnswerOutcome.Unavailable.Instance;
        await ((Task)pending.Outcome.Task).WaitAsync(Patience, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (pending.TryAbandon()) return AnswerOutcome.Unavailable.Instance;
        return await pending.Outcome.Task;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var round = new List<Pending>(AnswersMax);
        while (await queue.Reader.WaitToReadAsync(stoppingToken))
        {
            while (round.Count < AnswersMax && queue.Reader.TryRead(out var next))
                if (next.TryTake()) round.Add(next);
            await Run(round);
            round.Clear();
        }
    }

    private async Task Run(List<Pending> round)
    {
        try
        {
            var outcomes = await Judge(round.ConvertAll(pending => pending.Answer));
            foreach (var (pending, outcome) in round.Zip(outcomes)) pending.Outcome.SetResult(outcome);
        }
        catch (Exception failure)
        {
            LogFailure(logger, round.Count, failure.GetType().Name, (failure as PostgresException)?.SqlState);
            // An answer that cannot be judged must not take the others with it; a database that is away takes all.
            if (round.Count > 1 && failure is PostgresException or not (NpgsqlException or TimeoutException or OperationCanceledException))
                foreach (var pending in round) await Run([pending]);
            else foreach (var pending in round) pending.Outcome.SetResult(AnswerOutcome.Unavailable.Instance);
        }
    }

    private async Task<IReadOnlyList<AnswerOutcome>> Judge(List<ChallengeAnswer> answers)
    {
        using var patience = new PostgresPatience(Patience, clock, CancellationToken.None);
        return await patience.Wait(Judge(answers, patience));
    }

    private async Task<IReadOnlyList<AnswerOutcome>> Judge(List<ChallengeAnswer> answers, PostgresPatience patience)
    {
        var ct = patience.Token;
        await using var connection = await postgres.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var facts = await AnswerTable.Load(connection, [.. answers.Select(answer => answer.ChallengeId)], RecoveryHashes(answers), ct);
        // The time after the locks, so that nobody waits himself past a lock or a freeze.
        var now = clock.GetUtcNow().InMicroseconds();
        var locks = facts.Accounts.ToDictionary(account => account.Key, account => account.Value.Lock);
        var judge = new AnswerJudge(facts, keys, hashes, passkeys, now);
        var judged = new List<JudgedAnswer>(answers.Count);
        foreach (var answer in answers) judged.Add(await judge.Judge(answer));
        var outcomes = judged.ConvertAll(answer => Outcome(answer, now));
        await AnswerTable.Store(
            connection, [.. outcomes.OfType<AnswerOutcome.Accepted>().Select(outcome => outcome.Challenge)], [.. judged.Where(answer => answer.Verdict == AnswerVerdict.Accepted)], now, ct);
        await StoreLocks(connection, facts.Accounts.Values, locks, now, ct);
        for (var index = 0; index < judged.Count; index++)
            if (judged[index].RecoveryHash is not null) outcomes[index] = await TellRecoveryCodeUsed(connection, (AnswerOutcome.Accepted)outcomes[index], ct);
        var recorded = await signals.Record(connection, [.. judged.Where(answer => answer.IsFailure).Select(Signal)], ct);
        await audit.Append(connection, judged.ConvertAll(Entry), ct);
        patience.BeginCommit();
        await transaction.CommitAsync(CancellationToken.None);      // whether a commit that is cut off took place would be unknown
        queued.Signal();
        _ = signals.Apply(recorded);
        return outcomes;
    }

    private static ChallengeSignal Signal(JudgedAnswer failed) =>
        new(failed.Challenge!.AccountId, ChallengeJson.PublicId(failed.Challenge.Id), IsAbandoned: false);

    private byte[][] RecoveryHashes(List<ChallengeAnswer> answers)
    {
        var found = new List<byte[]>();
        foreach (var answer in answers)
            if (answer.Kind == AnswerKind.RecoveryCode && RecoveryCodes.TryRead(answer.Text, out var code)) found.Add(hashes.OfRecoveryCode(code));
        return [.. found];
    }

    private static AnswerOutcome Outcome(JudgedAnswer judged, DateTimeOffset now) => judged.Verdict != AnswerVerdict.Accepted
        ? AnswerOutcome.Refused.Instance
        : new AnswerOutcome.Accepted(judged.Challenge! with
        {
            State = ChallengeState.Answered,
            Method = judged.Method,
            Sca = judged.Sca,
            FactorId = judged.Factor?.Id,
            AnsweredAt = now,
            ProofId = Guid.NewGuid(),
            ProofExpiresAt = now + Proofs.Life,
        });

    private async Task StoreLocks(
        NpgsqlConnection connection, IEnumerable<AccountState> accounts, Dictionary<string, FactorLock> before, DateTimeOffset now, CancellationToken ct)
    {
        var changed = accounts.Where(account => account.Lock != before[account.Id]).ToList();
        if (changed.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection);
        foreach (var account in changed) batch.BatchCommands.Add(AccountTable.StoreLock(account.Id, account.Lock));
        await batch.ExecuteNonQueryAsync(ct);
        foreach (var account in changed)
            if (LockMessages.Of(before[account.Id], account.Lock, now) is { } kind)
                await notifications.Queue(connection, new Notification(account.Id, kind, new Dictionary<string, string>()), ct);
    }

    private async Task<AnswerOutcome> TellRecoveryCodeUsed(NpgsqlConnection connection, AnswerOutcome.Accepted accepted, CancellationToken ct)
    {
        var accountId = accepted.Challenge.AccountId;
        await notifications.Queue(connection, new Notification(accountId, NotificationKinds.RecoveryCodeUsed, new Dictionary<string, string>()), ct);
        return accepted with { RecoveryCodesLeft = (int)await FactorTable.RecoveryCodesLeft(connection, accountId, ct) };
    }

    private static AuditEntry Entry(JudgedAnswer judged) => new(
        judged.Answer.Actor, judged.Verdict == AnswerVerdict.Accepted ? "challenge.answered" : "challenge.refused", judged.Challenge?.AccountId,
        ChallengeJson.PublicId(judged.Answer.ChallengeId),
        $$"""{"verdict":"{{judged.Verdict.ToString().ToLowerInvariant()}}","kind":"{{judged.Answer.Kind.ToString().ToLowerInvariant()}}"}""");

    [LoggerMessage(LogLevel.Warning, "{Count} answers to challenges were not judged: {Failure} {SqlState}")]
    private static partial void LogFailure(ILogger logger, int count, string failure, string? sqlState);

    /// <summary>An answer in line. Whoever is told that it was not judged can rely on it: it is taken out of the line.</summary>
    private sealed class Pending(ChallengeAnswer answer)
    {
        private const int Waiting = 0, Taken = 1, Abandoned = 2;
        private int state;

        public ChallengeAnswer Answer => answer;

        public TaskCompletionSource<AnswerOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool TryTake() => Interlocked.CompareExchange(ref state, Taken, Waiting) == Waiting;

        public bool TryAbandon() => Interlocked.CompareExchange(ref state, Abandoned, Waiting) == Waiting;
    }
}

/// <summary>What a buyer is told about his lock.</summary>
internal static class LockMessages
{
    /// <summary>A kind of message; null: nothing that he has not been told.</summary>
    public static string? Of(FactorLock before, FactorLock after, DateTimeOffset now)
    {
        if (after.DisabledAt is not null) return before.DisabledAt is null ? NotificationKinds.Disabled : null;
        if (after.IsLastWarningAt(now) && after.FailedAt != before.FailedAt) return NotificationKinds.LockNear;
        return before.LockSeconds == 0 && after.LockSeconds > 0 ? NotificationKinds.Locked : null;
    }
}
