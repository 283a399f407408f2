using System.Text.Json;
using Npgsql;
using PaymentGuard.Audit;
using PaymentGuard.Challenges;
using PaymentGuard.Domain.Challenges;
using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.Accounts;

/// <summary>What came of asking for an account to be given back.</summary>
internal enum RecoveryResult
{
    /// <summary>Somebody else has to approve it.</summary>
    Pending = 1,
    Done,
    /// <summary>The account is neither frozen nor are its factors disabled.</summary>
    NothingToRecover,
    /// <summary>There is no such request.</summary>
    Unknown,
    ApproverIsRequester,
    /// <summary>The account was given back in another way meanwhile.</summary>
    Superseded,
    /// <summary>The proof is none, or of no factor that was there before the compromise began.</summary>
    Refused,
}

/// <param name="Recovery">Null when there is none.</param>
/// <param name="IsNew">This request did it, or asked for it; else an earlier one.</param>
/// <param name="Problem">Of a proof that was refused.</param>
internal sealed record RecoveryOutcome(RecoveryResult Result, Recovery? Recovery = null, bool IsNew = false, ProblemKind? Problem = null);

/// <summary>
/// Gives accounts back: to a buyer who proves himself with a factor that was there before the compromise began, or when two members of staff want it. In one
/// transaction the account is unfrozen, its lock is opened, what was added since the compromise began is removed, the interval ends where the account was
/// frozen, everyone is told, and the audit chain has it.
/// </summary>
internal sealed class RecoverAccount(
    NpgsqlDataSource postgres, CompromiseTable compromises, RecoveryTable recoveries, RedeemProof redeem, NotificationOutbox notifications, NotificationsQueued queued,
    AuditLog audit, FrozenAccounts frozen, TimeProvider clock)
{
    // Repeated requests with one proof repeat the answer; a proof that was redeemed for somebody else is none.
    private const string RedeemKey = "recover";

    private const string UnfreezeSql = "UPDATE accounts SET frozen_at = NULL WHERE id = $1";
    private const string KillSql = "UPDATE challenges SET state = 'dead' WHERE account_id = $1 AND state IN ('open', 'answered')";
    private const string RemoveFactorsSql = "DELETE FROM factors WHERE account_id = $1 AND (confirmed_at IS NULL OR confirmed_at >= $2)";
    private const string RemoveCodesSql = "DELETE FROM recovery_codes WHERE account_id = $1 AND created_at >= $2";

    private static readonly Act.OfAccount Act = new(AccountActions.RecoverAccount, new Dictionary<string, string>());

    /// <summary>The owner proves himself.</summary>
    public Task<RecoveryOutcome> ByProof(string accountId, string proof, CancellationToken ct) =>
        Run(accountId, $"buyer:{accountId}", change => ByProof(change, proof), ct);

    /// <summary>One member of staff asks for it. Asked again before it is approved, it is the same request.</summary>
    public Task<RecoveryOutcome> Request(string accountId, string actor, string reason, CancellationToken ct) =>
        Run(accountId, actor, change => Request(change, reason), ct);

    /// <summary>Another member of staff does it. Approved again, it stays done once.</summary>
    public Task<RecoveryOutcome> Approve(string accountId, Guid id, string actor, CancellationToken ct) =>
        Run(accountId, actor, change => Approve(change, id), ct);

    private async Task<RecoveryOutcome> Run(string accountId, string actor, Func<Change, Task<RecoveryOutcome>> work, CancellationToken ct)
    {
        var outcome = await postgres.InTransaction(async (connection, token) =>
        {
            var change = new Change(connection, await AccountTable.Lock(connection, accountId, token), actor, token);
            var result = await work(change);
            await audit.Append(connection, change.Entries, token);
            return result;
        }, ct);
        if (outcome is not { Result: RecoveryResult.Done, IsNew: true }) return outcome;
        frozen.Remove(accountId);
        queued.Signal();
        return outcome;
    }

    private async Task<RecoveryOutcome> Request(Change change, string reason)
    {
        var account = change.Account;
        if (await RecoveryTable.FindPending(change.Connection, account.Id, change.Ct) is { } pending) return new RecoveryOutcome(RecoveryResult.Pending, pending);
        if (!account.IsFrozen && account.Lock.DisabledAt is null) return new RecoveryOutcome(RecoveryResult.NothingToRecover);
        var asked = New(change, challengeId: null);
        await recoveries.Insert(change.Connection, asked, reason, change.Ct);
        change.Audit("recovery.requested", asked, "{}");
        return new RecoveryOutcome(RecoveryResult.Pending, asked, IsNew: true);
    }

    /// <summary>The first check that fails is the answer.</summary>
    private async Task<RecoveryOutcome> Approve(Change change, Guid id)
    {
        if (await RecoveryTable.Find(change.Connection, change.Account.Id, id, change.Ct) is not { } recovery) return new RecoveryOutcome(RecoveryResult.Unknown);
        if (recovery.RequestedBy == change.Actor)
        {
            change.Audit("recovery.refused", recovery, """{"reason":"approver_is_requester"}""");
            return new RecoveryOutcome(RecoveryResult.ApproverIsRequester, recovery);
        }
        return recovery.State switch
        {
            RecoveryState.Done => new RecoveryOutcome(RecoveryResult.Done, recovery),
            RecoveryState.Superseded => new RecoveryOutcome(RecoveryResult.Superseded, recovery),
            RecoveryState.Pending => await GiveBack(change, recovery, await compromises.FindOpen(change.Connection, recovery.AccountId, change.Ct)),
        };
    }

    private async Task<RecoveryOutcome> ByProof(Change change, string proof)
    {
        var (connection, accountId, ct) = (change.Connection, change.Account.Id, change.Ct);
        var redeemed = await redeem.Handle(connection, proof, challengeId: null, accountId, Act, RedeemKey, change.Actor, change.Entries, ct);
        if (ChallengeEndpoints.ProblemOf(redeemed.Result) is { } problem) return new RecoveryOutcome(RecoveryResult.Refused, Problem: problem);
        var challenge = redeemed.Challenge!;
        if (await RecoveryTable.OfChallenge(connection, challenge.Id, ct) is { } earlier) return new RecoveryOutcome(RecoveryResult.Done, earlier);
        if (await compromises.FindOpen(connection, accountId, ct) is not { } compromise) return new RecoveryOutcome(RecoveryResult.NothingToRecover);
        var recovery = New(change, challenge.Id);
        // The compromise may have turned out to have begun before it was thought to when the challenge was opened.
        if (challenge.Method == Methods.RecoveryCode || challenge.FactorsBefore > compromise.BeganAt)
        {
            change.Audit("recovery.refused", recovery, """{"reason":"factor_after_compromise"}""");
            return new RecoveryOutcome(RecoveryResult.Refused, Problem: Problems.ChallengeRefused);
        }
        await RecoveryTable.Supersede(connection, recovery, ct);
        await recoveries.Insert(connection, recovery, "The owner proved himself", ct);
        return await GiveBack(change, recovery, compromise);
    }

    /// <param name="compromise">The open one; null when the account is not frozen: then only its lock is opened.</param>
    private async Task<RecoveryOutcome> GiveBack(Change change, Recovery recovery, Compromise? compromise)
    {
        var (connection, accountId, ct) = (change.Connection, recovery.AccountId, change.Ct);
        var now = clock.GetUtcNow().InMicroseconds();
        // Told before anything is removed: an address that was added meanwhile is told as well.
        await notifications.Queue(connection, new Notification(accountId, NotificationKinds.Recovered, new Dictionary<string, string>()), ct);
        await Open(connection, accountId, ct);
        var done = recovery with { State = RecoveryState.Done, DecidedAt = now, DecidedBy = change.Actor, CompromiseId = compromise?.Id, FactorsRemoved = 0, CodesRemoved = 0 };
        if (compromise is not null)
        {
            var (factors, codes) = (await Remove(connection, RemoveFactorsSql, compromise, ct), await Remove(connection, RemoveCodesSql, compromise, ct));
            done = done with { FactorsRemoved = factors, CodesRemoved = codes };
            await CompromiseTable.Close(connection, compromise.Id, now, change.Actor, ct);
        }
        await RecoveryTable.StoreDone(connection, done, ct);
        change.Audit("account.recovered", done, Details(done));
        return new RecoveryOutcome(RecoveryResult.Done, done, IsNew: true);
    }

    private static async Task Open(NpgsqlConnection connection, string accountId, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { AccountTable.StoreLock(accountId, FactorLock.None), Command(UnfreezeSql, accountId), Command(KillSql, accountId) },
        };
        await batch.ExecuteNonQueryAsync(ct);
    }

    private Recovery New(Change change, Guid? challengeId)
    {
        var now = clock.GetUtcNow().InMicroseconds();
        return new Recovery(Guid.CreateVersion7(now), change.Account.Id, CompromiseId: null, now, change.Actor, ChallengeId: challengeId);
    }

    private static string Details(Recovery done) => JsonSerializer.Serialize(new
    {
        requestedBy = done.RequestedBy,
        compromise = done.CompromiseId is { } id ? AccountIds.OfCompromise(id) : null,
        factorsRemoved = done.FactorsRemoved,
        recoveryCodesRemoved = done.CodesRemoved,
    });

    private static async Task<int> Remove(NpgsqlConnection connection, string sql, Compromise since, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = since.AccountId }, new NpgsqlParameter<DateTimeOffset> { TypedValue = since.BeganAt } },
        };
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlBatchCommand Command(string sql, string accountId) => new(sql) { Parameters = { new NpgsqlParameter<string> { TypedValue = accountId } } };

    /// <summary>A transaction that has the account to itself.</summary>
    private sealed record Change(NpgsqlConnection Connection, AccountState Account, string Actor, CancellationToken Ct)
    {
        /// <summary>To be appended to the audit chain when all else is done.</summary>
        public List<AuditEntry> Entries { get; } = [];

        public void Audit(string action, Recovery recovery, string details) =>
            Entries.Add(new AuditEntry(Actor, action, Account.Id, AccountIds.OfRecovery(recovery.Id), details));
    }
}
