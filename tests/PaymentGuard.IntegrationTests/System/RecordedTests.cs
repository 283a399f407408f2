using PaymentGuard.IntegrationTests.SystemTests.Support;

namespace PaymentGuard.IntegrationTests.SystemTests;

/// <summary>No answer that a caller saw is lost, whoever is killed.</summary>
[Collection(nameof(Outages))]
public sealed class RecordedTests(Outages outages)
{
    [Fact]
    public async Task Postgres_AwayForHalfAMinute_AnswersGoOnAndAreStoredOnceAfterwards()
    {
        var outage = await outages.PostgresKilled;
        var answers = outage.Answers();
        var unrecorded = answers.Count(answer => !answer.Recorded);
        Assert.True(unrecorded > answers.Count / 2, $"For most of the time PostgreSQL was away, but only {unrecorded} of {answers.Count} answers were not recorded.");
        await Stored.MustHoldAll(outage.Installation, answers);
        Assert.Equal(answers.Count, await Stored.Count(outage.Installation, "SELECT count(*) FROM assessments"));
        foreach (var sent in outage.Asked.Where((_, place) => place % 20 == 0))
            Assert.Equal(sent.Answer!.OnceRecorded, (await outage.Checkout.Assess(sent.Body)).MustBeDecision().OnceRecorded);
        Assert.True((await outage.Checkout.Assess(Outages.NewPayment())).MustBeDecision().Recorded);
    }

    [Fact]
    public async Task Api_KilledTwentyTimesUnderLoad_NoAnswerIsMissing()
    {
        var outage = await outages.ApiKilled;
        // Who was connected when it was killed has no answer.
        var given = outage.Asked.Where(sent => sent.Answer is { Status: 200 }).Select(sent => sent.Answer!).ToList();
        Assert.Contains(given, answer => !answer.Recorded);
        Assert.Contains(given, answer => answer.Recorded);
        await Stored.MustHoldAll(outage.Installation, given);
    }
}
