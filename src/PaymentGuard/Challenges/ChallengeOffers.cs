using Npgsql;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Challenges;

/// <summary>Gives a decision its challenge. What it can be answered with is PostgreSQL's to tell; only decisions with a challenge ask for it.</summary>
internal sealed class ChallengeOffers(NpgsqlDataSource postgres)
{
    /// <summary>How long a challenge may be answered.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(15);

    /// <summary>The draft with a challenge if its decision leaves one to answer: a challenge, or a review that a challenge was asked for as well.</summary>
    public async ValueTask<AnswerDraft> AddTo(AnswerDraft draft, PaymentAttempt attempt, DateTimeOffset now, Deadline deadline)
    {
        if (draft.Decision is not (Decision.Challenge or Decision.Review)) return draft;
        var asked = AskMethods(attempt, now);
        // The time for recording, because a Redis that does not answer has used up the signals'. A database that does not answer here would not record either.
        await asked.ForAtMost(deadline.ForRecording);
        if (!asked.IsCompletedSuccessfully) return draft.WithoutChallenge();
        return draft with { Challenge = new ChallengeOffer(Guid.CreateVersion7(now), asked.Result, now + Life, attempt.Payment.Amount, attempt.Merchant?.Id) };
    }

    private async Task<IReadOnlyList<string>> AskMethods(PaymentAttempt attempt, DateTimeOffset now)
    {
        await using var connection = await postgres.OpenConnectionAsync().ConfigureAwait(false);
        return await AccountMethods.Of(connection, attempt.Account.Id, attempt.Account, now, CancellationToken.None).ConfigureAwait(false);
    }
}
