using Npgsql;
using PaymentGuard.Accounts;
using PaymentGuard.Audit;
using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges.Factors;

/// <summary>
/// Runs changes of factors: each in a transaction of its own, which has the account to itself, and in which the proof is used up, the change made, the buyer
/// told and all of it audited, or nothing.
/// </summary>
internal sealed class FactorChanges(NpgsqlDataSource postgres, RedeemProof redeem, AuditLog audit, NotificationOutbox notifications, NotificationsQueued queued, TimeProvider clock)
{
    public async Task<FactorOutcome> Run(string accountId, string actor, Func<FactorChange, Task<FactorOutcome>> make, CancellationToken ct)
    {
        var outcome = await postgres.InTransaction(async (connection, token) =>
        {
            var account = await AccountTable.Lock(connection, accountId, token);
            var change = new FactorChange(connection, account, clock.GetUtcNow().InMicroseconds(), actor, redeem, notifications, token);
            var made = account.IsFrozen ? change.Refuse("frozen") : await make(change);
            await audit.Append(connection, change.Entries, token);
            return made;
        }, ct);
        queued.Signal();
        return outcome;
    }
}

/// <summary>A change of an account's factors while nobody else changes anything of the account.</summary>
/// <param name="now">Read after the account was locked.</param>
internal sealed class FactorChange(
    NpgsqlConnection connection, AccountState account, DateTimeOffset now, string actor, RedeemProof redeem, NotificationOutbox notifications, CancellationToken ct)
{
    private static readonly Act.OfAccount Addition = new(AccountActions.AddFactor, new Dictionary<string, string>());

    private readonly List<AuditEntry> entries = [];

    public NpgsqlConnection Connection => connection;

    public AccountState Account => account;

    public DateTimeOffset Now => now;

    public CancellationToken Ct => ct;

    /// <summary>To be appended to the audit chain when all else is done.</summary>
    public IReadOnlyList<AuditEntry> Entries => entries;

    /// <summary>
    /// Uses up the proof of a second factor, which every change needs once the account has one to prove anything with: whoever has only the session must not
    /// add a factor for the occasion. Null: the change may be made.
    /// </summary>
    public async Task<FactorOutcome.Refused?> Prove(string? proof, Act.OfAccount act)
    {
        if (proof is null) return await FactorTable.HasAny(connection, account.Id, ct) ? Refuse("no_proof", Problems.ProofRequired) : null;
        var outcome = await redeem.Handle(connection, proof, challengeId: null, account.Id, act, requestKey: "", actor, entries, ct);
        return ChallengeEndpoints.ProblemOf(outcome.Result) is { } problem ? new FactorOutcome.Refused(problem) : null;
    }

    /// <inheritdoc cref="Prove"/>
    public Task<FactorOutcome.Refused?> ProveAddition(string? proof) => Prove(proof, Addition);

    /// <summary>Whether it is still time, and no freeze has come in between: whoever began it may have been the reason for that.</summary>
    public bool MayBeConfirmed(PendingFactor pending) => now < pending.Until && !(pending.CreatedAt <= account.LastFrozenAt);

    public void Audit(string action, Guid factorId, string kind) => entries.Add(new AuditEntry(actor, action, account.Id, FactorJson.PublicId(factorId), $$"""{"kind":"{{kind}}"}"""));

    public void AuditRecoveryCodes() => entries.Add(new AuditEntry(actor, "recovery_codes.made", account.Id, account.Id));

    /// <param name="reason">For the audit chain; the caller is not told.</param>
    /// <param name="problem">Null: the one answer to all that must not be told apart.</param>
    public FactorOutcome.Refused Refuse(string reason, ProblemKind? problem = null, Guid? factorId = null)
    {
        entries.Add(new AuditEntry(actor, "factor.refused", account.Id, factorId is { } id ? FactorJson.PublicId(id) : "", $$"""{"reason":"{{reason}}"}"""));
        return new FactorOutcome.Refused(problem ?? Problems.ChallengeRefused);
    }

    /// <summary>A refused code counts like a refused answer to a challenge.</summary>
    public async Task CountFailure()
    {
        var after = account.Lock.AfterFailure(now);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { AccountTable.StoreLock(account.Id, after) } };
        await batch.ExecuteNonQueryAsync(ct);
        if (LockMessages.Of(account.Lock, after, now) is { } kind) await Tell(kind);
    }

    /// <summary>Tells the buyer, at every address he has at this moment of the transaction.</summary>
    /// <param name="factor">The factor's kind; null: it is about none.</param>
    public Task Tell(string kind, string? factor = null) =>
        notifications.Queue(connection, new Notification(account.Id, kind, factor is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["factor"] = factor }), ct);

    /// <summary>Sends a code that confirms an address.</summary>
    public Task SendConfirmation(Contact to, string code, DateTimeOffset expiresAt) => notifications.Queue(
        connection, new Notification(account.Id, NotificationKinds.ContactConfirmation, new Dictionary<string, string> { ["code"] = code }, to, expiresAt), ct);
}
