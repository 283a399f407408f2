using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Sca;

namespace PaymentGuard.Sca;

/// <summary>Says of one payment whether strong customer authentication is required, for callers that tell <c>sca</c>.</summary>
internal sealed class PaymentSca(AccountHistoryReader accounts, FraudRates rates)
{
    private static readonly ScaKnowledge Nothing = new(null, null, default, null);

    /// <summary>Begins to ask what the account did before. Null: it does not matter.</summary>
    public Task<AccountHistory>? Ask(PaymentAttempt attempt) =>
        attempt.Sca is { } facts && ScaJudge.Judge(attempt, facts, ScaLimits.None, Nothing).Reason == ScaReason.FactsUnknown ? accounts.Read(attempt) : null;

    /// <summary>What is not known when the deadline's part for signals ends, stays unknown and exempts nothing. Null: checkout did not ask.</summary>
    public async ValueTask<ScaVerdict?> Judge(
        PaymentAttempt attempt, Task<AccountHistory>? asked, RuleSet ruleSet, AnswerDraft draft, DateTimeOffset now, Deadline deadline)
    {
        if (attempt.Sca is not { } facts) return null;
        if (asked is not null) await asked.ForAtMost(deadline.ForSignals);
        var known = new ScaKnowledge(
            Account: asked is { IsCompletedSuccessfully: true } ? asked.Result : null,
            Rates: ScaJudge.InstrumentOf(attempt) is { } instrument ? rates.Of(instrument, now) : null,
            FraudRates.QuarterAt(now).Previous,
            Findings: draft.Degraded.Count > 0 ? null : ruleSet.Sca.FindingsAmong(draft.Hits));
        return ScaJudge.Judge(attempt, facts, ruleSet.Sca, known);
    }

    /// <summary>Whose fraud rate counts the payment; null: none does.</summary>
    public static string? InstrumentOf(PaymentAttempt attempt, ScaVerdict? verdict) =>
        verdict is { IsInScope: false } || ScaJudge.InstrumentOf(attempt) is not { } instrument ? null : ScaWords.Of(instrument);

    /// <summary>What the counter must have room for when the payment is recorded; null: it is not exempt for its low value.</summary>
    public static LowValueRoom? RoomFor(PaymentAttempt attempt, ScaVerdict? verdict, ScaLimits limits)
    {
        if (verdict?.Exemption != ScaExemption.LowValue || ScaJudge.LowValueLimitsOf(attempt, attempt.Sca!, limits) is not { } most) return null;
        return new LowValueRoom(limits.Counter, limits.Counter == LowValueCounter.Count ? most.CountMax : most.CumulativeMinorMax);
    }

    /// <summary>Why a payment is not exempt whose counter had no room any more.</summary>
    public static ScaReason ReasonWithout(LowValueRoom room) =>
        room.Counter == LowValueCounter.Count ? ScaReason.CountAboveLimit : ScaReason.CumulativeAmountAboveLimit;
}
