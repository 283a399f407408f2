using Npgsql;
using PaymentGuard.Accounts;
using PaymentGuard.Audit;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges;

/// <summary>What came of presenting a proof.</summary>
internal enum RedeemResult
{
    Redeemed = 1,
    /// <summary>No valid proof of this challenge, or the account is frozen. The caller is not told which.</summary>
    Refused,
    /// <summary>It was redeemed before, by another request.</summary>
    RedeemedBefore,
    /// <summary>The act is not the one that was proved: the challenge is dead from now on.</summary>
    ActChanged,
    /// <summary>The challenge was dead already.</summary>
    Dead,
}

/// <param name="Challenge">As it is now; null when the proof names none.</param>
internal sealed record RedeemOutcome(RedeemResult Result, Challenge? Challenge = null);

/// <summary>Lets a proof count, once: the last gate before an act is done.</summary>
internal sealed class RedeemProof(Proofs proofs, TimeProvider clock)
{
    /// <summary>Inside the caller's transaction, which holds the act itself or nothing else; commit it whatever the outcome, which is audited.</summary>
    /// <param name="challengeId">That the proof must be of; null: of whichever, as long as it is the account's.</param>
    /// <param name="accountId">Null: of whichever.</param>
    /// <param name="requestKey">The request's Idempotency-Key; empty: none.</param>
    /// <param name="entries">Gets what the caller is to append to the audit chain at the end of the transaction.</param>
    public async Task<RedeemOutcome> Handle(
        NpgsqlConnection connection, string proof, Guid? challengeId, string? accountId, Act act, string requestKey, string actor, List<AuditEntry> entries, CancellationToken ct)
    {
        if (await proofs.Read(proof) is not { } read || challengeId is { } id && id != read.ChallengeId || await ChallengeTable.AccountOf(connection, read.ChallengeId, ct) is not { } owner
            || accountId is not null && accountId != owner)
        {
            entries.Add(new AuditEntry(actor, "proof.refused", accountId, challengeId is { } named ? ChallengeJson.PublicId(named) : "", """{"reason":"invalid"}"""));
            return new RedeemOutcome(RedeemResult.Refused);
        }
        var account = await AccountTable.Lock(connection, owner, ct);
        var challenge = await ChallengeTable.Find(connection, read.ChallengeId, ct) ?? throw new InvalidOperationException("A challenge is never deleted.");
        // As it is stored, because a repetition must read the same.
        var now = clock.GetUtcNow().InMicroseconds();
        var result = Judge(challenge, account, read, act, requestKey, now);
        if (result == RedeemResult.Redeemed && challenge.State == ChallengeState.Answered) challenge = await Redeem(connection, challenge, account, requestKey, now, ct);
        else if (result == RedeemResult.Redeemed) return new RedeemOutcome(result, challenge);      // a repetition: nothing happens
        else if (result == RedeemResult.ActChanged) await ChallengeTable.Kill(connection, challenge.Id, ct);
        entries.Add(Entry(result, challenge, actor));
        return new RedeemOutcome(result, challenge);
    }

    /// <summary>The first check that fails is the answer.</summary>
    private static RedeemResult Judge(Challenge challenge, AccountState account, Proof proof, Act act, string requestKey, DateTimeOffset now)
    {
        if (challenge.ProofId != proof.Id) return challenge.State == ChallengeState.Dead ? RedeemResult.Dead : RedeemResult.Refused;
        if (challenge.State == ChallengeState.Redeemed)
            return requestKey.Length > 0 && requestKey == challenge.RedeemKey && IsProved(challenge, proof, act) ? RedeemResult.Redeemed : RedeemResult.RedeemedBefore;
        if (account.IsFrozen && !challenge.IsRecovery) return RedeemResult.Refused;
        if (challenge.State == ChallengeState.Dead) return RedeemResult.Dead;
        if (challenge.State != ChallengeState.Answered || now >= challenge.ProofExpiresAt || now >= proof.ExpiresAt) return RedeemResult.Refused;
        return IsProved(challenge, proof, act) ? RedeemResult.Redeemed : RedeemResult.ActChanged;
    }

    /// <summary>What was proved, what is stored now and what is about to be done must be the same (RTS art. 5(1)(c) and (d)).</summary>
    private static bool IsProved(Challenge challenge, Proof proof, Act act)
    {
        var about = act.Hash(challenge.AccountId);
        return about.AsSpan().SequenceEqual(challenge.ActHash) && about.AsSpan().SequenceEqual(proof.ActHash);
    }

    private static async Task<Challenge> Redeem(
        NpgsqlConnection connection, Challenge challenge, AccountState account, string requestKey, DateTimeOffset now, CancellationToken ct)
    {
        await ChallengeTable.Redeem(connection, challenge, now, requestKey, ct);
        var relieved = account.Lock.AfterRedeeming(challenge.AnsweredAt!.Value);
        if (relieved != account.Lock)
        {
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { AccountTable.StoreLock(account.Id, relieved) } };
            await batch.ExecuteNonQueryAsync(ct);
        }
        return challenge with { State = ChallengeState.Redeemed, RedeemedAt = now, RedeemKey = requestKey };
    }

    private static AuditEntry Entry(RedeemResult result, Challenge challenge, string actor) => new(
        actor, result switch
        {
            RedeemResult.Redeemed => "proof.redeemed",
            RedeemResult.ActChanged => "sca.tx_mutated",
            RedeemResult.Refused or RedeemResult.RedeemedBefore or RedeemResult.Dead => "proof.refused",
        },
        challenge.AccountId, ChallengeJson.PublicId(challenge.Id), $$"""{"result":"{{result.ToString().ToLowerInvariant()}}"}""");
}
