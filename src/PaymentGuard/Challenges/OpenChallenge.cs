using Npgsql;
using PaymentGuard.Accounts;
using PaymentGuard.Audit;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges;

/// <summary>What came of asking for a challenge.</summary>
internal abstract record OpenOutcome
{
    private OpenOutcome() { }

    internal sealed record Opened(Challenge Challenge, IReadOnlyList<string> Methods) : OpenOutcome;

    /// <summary>The account is frozen, and the act is not its recovery.</summary>
    internal sealed record Refused : OpenOutcome;

    /// <summary>The payment's challenge is not dead.</summary>
    internal sealed record StillOpen : OpenOutcome;

    /// <summary>No such payment was assessed with a challenge.</summary>
    internal sealed record NotFound : OpenOutcome;
}

/// <summary>Opens challenges that no assessment opened: for an account's acts, and for a payment in the place of one that is dead or expired.</summary>
internal sealed class OpenChallenge(DataKeys keys, AuditLog audit, TimeProvider clock)
{
    private const string PaymentSql = "SELECT id, account_id FROM assessments WHERE payment_id = $1 AND challenge_id IS NOT NULL";

    // Whoever has taken over an account may have added factors since: for its recovery only earlier ones count.
    private const string CompromisedSinceSql = "SELECT began_at FROM compromises WHERE account_id = $1 AND ended_at IS NULL";

    /// <summary>Inside the caller's transaction.</summary>
    public async Task<OpenOutcome> ForAct(NpgsqlConnection connection, string accountId, Act.OfAccount act, string actor, CancellationToken ct)
    {
        var account = await AccountTable.Lock(connection, accountId, ct);
        var isRecovery = act.Action == AccountActions.RecoverAccount;
        if (account.IsFrozen && !isRecovery) return new OpenOutcome.Refused();
        var now = clock.GetUtcNow();
        var factorsBefore = isRecovery && await CompromisedSince(connection, accountId, ct) is { } began ? began : now;
        return await Open(connection, New(accountId, null, act, now, factorsBefore), actor, ct);
    }

    /// <summary>Inside the caller's transaction.</summary>
    public async Task<OpenOutcome> ForPayment(NpgsqlConnection connection, string paymentId, string actor, CancellationToken ct)
    {
        if (await Assessment(connection, paymentId, ct) is not (var assessmentId, { } accountId)) return new OpenOutcome.NotFound();
        var account = await AccountTable.Lock(connection, accountId, ct);
        if (account.IsFrozen) return new OpenOutcome.Refused();
        var now = clock.GetUtcNow();
        var last = await ChallengeTable.OfAssessment(connection, assessmentId, ct) ?? throw new InvalidOperationException("A challenge is stored with its assessment.");
        if (last.IsOpenAt(now) || last.State == ChallengeState.Redeemed || last.State == ChallengeState.Answered && now < last.ProofExpiresAt) return new OpenOutcome.StillOpen();
        return await Open(connection, New(accountId, assessmentId, last.Act, now, last.FactorsBefore), actor, ct);
    }

    private async Task<OpenOutcome> Open(NpgsqlConnection connection, Challenge challenge, string actor, CancellationToken ct)
    {
        await ChallengeTable.Insert(connection, challenge, ct);
        var told = challenge.AssessmentId is { } assessmentId ? await ToldAccount.Of(connection, keys, assessmentId, ct) : null;
        var methods = await AccountMethods.Of(connection, challenge.AccountId, told, challenge.FactorsBefore, ct);
        if (challenge.IsRecovery) methods = [.. methods.Where(method => method != Methods.RecoveryCode)];
        await audit.Append(connection, [new AuditEntry(actor, "challenge.opened", challenge.AccountId, ChallengeJson.PublicId(challenge.Id))], ct);
        return new OpenOutcome.Opened(challenge, methods);
    }

    private static Challenge New(string accountId, Guid? assessmentId, Act act, DateTimeOffset now, DateTimeOffset factorsBefore) => new(
        Guid.CreateVersion7(now), accountId, assessmentId, act, now, now + ChallengeOffers.Life, factorsBefore, ChallengeState.Open,
        null, null, null, null, null, null, null, null, null, null, null, null, null);

    private static async Task<(Guid, string?)> Assessment(NpgsqlConnection connection, string paymentId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(PaymentSql, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = paymentId } } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (reader.GetGuid(0), reader.GetString(1)) : default;
    }

    private static async Task<DateTimeOffset?> CompromisedSince(NpgsqlConnection connection, string accountId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(CompromisedSinceSql, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = accountId } } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? reader.GetFieldValue<DateTimeOffset>(0) : null;
    }
}
