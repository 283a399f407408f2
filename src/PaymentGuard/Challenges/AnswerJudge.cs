using System.Security.Cryptography;
using PaymentGuard.Accounts;
using PaymentGuard.Domain.Challenges;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges;

/// <summary>What an answer was given with.</summary>
internal enum AnswerKind
{
    Totp = 1,
    SentCode,
    RecoveryCode,
    Passkey,
}

/// <param name="Text">As it came, however malformed: a code, or a passkey's credential as JSON.</param>
/// <param name="IsKnowledgeVerified">Checkout asserts that the buyer has also shown that he knows something, such as his password.</param>
/// <param name="Actor">Who brought it.</param>
internal sealed record ChallengeAnswer(Guid ChallengeId, AnswerKind Kind, string Text, bool IsKnowledgeVerified, string Actor);

/// <summary>What came of an answer. The caller is told no more than accepted or not; the audit chain keeps which. From <see cref="Unknown"/> to <see cref="Locked"/> nothing is counted.</summary>
internal enum AnswerVerdict
{
    Accepted = 1,
    /// <summary>There is no such challenge.</summary>
    Unknown,
    Frozen,
    Locked,
    /// <summary>The challenge is answered, dead or expired; nothing was compared.</summary>
    Closed,
    /// <summary>Compared with all that it could have been, and none of it.</summary>
    Wrong,
}

/// <param name="Challenge">As it was; null: there is none.</param>
/// <param name="Factor">The factor that was recognised, with its new state; null also for codes that belong to none.</param>
/// <param name="RecoveryHash">Of the recovery code that was recognised.</param>
internal sealed record JudgedAnswer(
    ChallengeAnswer Answer, AnswerVerdict Verdict, Challenge? Challenge = null, string? Method = null, bool Sca = false, Factor? Factor = null, byte[]? RecoveryHash = null)
{
    /// <summary>Whether it counts towards a lock.</summary>
    public bool IsFailure => Verdict is AnswerVerdict.Closed or AnswerVerdict.Wrong;
}

/// <summary>All that answers of one transaction are judged by; accounts are locked meanwhile.</summary>
internal sealed record AnswerFacts(
    Dictionary<string, AccountState> Accounts, Dictionary<Guid, Challenge> Challenges, List<Factor> Factors, Dictionary<string, RecoveryCodeFact> RecoveryCodes);

internal sealed record RecoveryCodeFact(string AccountId, DateTimeOffset CreatedAt);

/// <summary>
/// Judges answers one after the other, each by what those before it left: this is what makes parallel answers safe. Changes the facts, writes nothing.
/// </summary>
internal sealed class AnswerJudge(AnswerFacts facts, DataKeys keys, CodeHashes hashes, Passkeys passkeys, DateTimeOffset now)
{
    public async Task<JudgedAnswer> Judge(ChallengeAnswer answer)
    {
        if (!facts.Challenges.TryGetValue(answer.ChallengeId, out var challenge)) return new JudgedAnswer(answer, AnswerVerdict.Unknown);
        var account = facts.Accounts[challenge.AccountId];
        if (account.IsFrozen && !challenge.IsRecovery) return new JudgedAnswer(answer, AnswerVerdict.Frozen, challenge);
        if (account.Lock.IsClosedAt(now)) return new JudgedAnswer(answer, AnswerVerdict.Locked, challenge);
        var judged = challenge.MayBeAnswered(account, now) ? await Compare(answer, challenge) : new JudgedAnswer(answer, AnswerVerdict.Closed, challenge);
        if (!judged.IsFailure) Keep(judged);
        else facts.Accounts[account.Id] = account with { Lock = account.Lock.AfterFailure(now) };
        return judged;
    }

    private ValueTask<JudgedAnswer> Compare(ChallengeAnswer answer, Challenge challenge) => answer.Kind switch
    {
        AnswerKind.Totp => new(CompareTotp(answer, challenge)),
        AnswerKind.SentCode => new(CompareSentCode(answer, challenge)),
        AnswerKind.RecoveryCode => new(CompareRecoveryCode(answer, challenge)),
        AnswerKind.Passkey => ComparePasskey(answer, challenge),
    };

    private JudgedAnswer CompareTotp(ChallengeAnswer answer, Challenge challenge)
    {
        Factor? matched = null;
        foreach (var factor in FactorsOf(challenge, Methods.Totp))
        {
            var codes = factor.Codes(keys);
            if (codes.Match(answer.Text, now, factor.LastStep, factor.Drift.Steps) is not { } step) continue;
            var offset = (int)(step - codes.StepAt(now) - factor.Drift.Steps);
            matched = factor with { LastStep = step, Drift = factor.Drift.After(offset), LastUsedAt = now };
        }
        return Result(answer, challenge, matched is not null, Methods.Totp) with { Factor = matched };
    }

    /// <summary>A code sent to a device shows possession; with a knowledge that checkout has verified that makes two independent elements (RTS art. 4). An e-mail shows no device.</summary>
    private JudgedAnswer CompareSentCode(ChallengeAnswer answer, Challenge challenge)
    {
        var isCode = challenge.SentCodeHash is { } hash && now < challenge.SentCodeExpiresAt
            && CryptographicOperations.FixedTimeEquals(hash, hashes.OfSentCode(challenge.Id, answer.Text));
        var method = challenge.SentCodeMethod ?? Methods.Email;
        return Result(answer, challenge, isCode, method) with { Sca = isCode && method == Methods.Sms && answer.IsKnowledgeVerified };
    }

    private JudgedAnswer CompareRecoveryCode(ChallengeAnswer answer, Challenge challenge)
    {
        var hash = RecoveryCodes.TryRead(answer.Text, out var code) ? hashes.OfRecoveryCode(code) : [];
        var isCode = facts.RecoveryCodes.TryGetValue(Convert.ToHexString(hash), out var fact)
            && fact.AccountId == challenge.AccountId && fact.CreatedAt < challenge.FactorsBefore && !challenge.IsRecovery;
        return Result(answer, challenge, isCode, Methods.RecoveryCode) with { RecoveryHash = isCode ? hash : null };
    }

    /// <summary>A passkey with user verification is two elements in one: what the buyer has, and what he knows or is.</summary>
    private async ValueTask<JudgedAnswer> ComparePasskey(ChallengeAnswer answer, Challenge challenge)
    {
        Factor? used = null;
        if (challenge.PasskeyNonce is { } nonce && now < challenge.PasskeyExpiresAt)
        {
            var factors = FactorsOf(challenge, Methods.Passkey).ToList();
            var credentials = factors.ConvertAll(factor => factor.Passkey(keys));
            if (await passkeys.ReadAnswer(answer.Text, Passkeys.ChallengeFor(nonce, challenge.ActHash), challenge.AccountId, credentials) is { } use)
                used = factors[use.Index] with { SignCount = use.SignCount, LastUsedAt = now };
        }
        return Result(answer, challenge, used is not null, Methods.Passkey) with { Factor = used, Sca = used is not null };
    }

    private IEnumerable<Factor> FactorsOf(Challenge challenge, string kind) =>
        facts.Factors.Where(factor => factor.AccountId == challenge.AccountId && factor.Kind == kind && factor.CountsAt(challenge.FactorsBefore));

    private static JudgedAnswer Result(ChallengeAnswer answer, Challenge challenge, bool isRight, string method) =>
        new(answer, isRight ? AnswerVerdict.Accepted : AnswerVerdict.Wrong, challenge, method);

    /// <summary>What was used is used, for the answers that follow.</summary>
    private void Keep(JudgedAnswer accepted)
    {
        facts.Challenges[accepted.Challenge!.Id] = accepted.Challenge with { State = ChallengeState.Answered };
        if (accepted.Factor is { } used) facts.Factors[facts.Factors.FindIndex(factor => factor.Id == used.Id)] = used;
        if (accepted.RecoveryHash is { } hash) facts.RecoveryCodes.Remove(Convert.ToHexString(hash));
    }
}
