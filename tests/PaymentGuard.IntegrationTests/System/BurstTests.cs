using PaymentGuard.IntegrationTests.SystemTests.Support;

namespace PaymentGuard.IntegrationTests.SystemTests;

/// <summary>Payments at the same moment see each other: a limit lets through as many of them as one after the other.</summary>
[Collection(nameof(TwoApis))]
public sealed class BurstTests(TwoApis service)
{
    private const int PaymentCount = 20, NotDeclined = 3;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task Assess_TwentyAtOnceOnOneCard_ExactlyThreeAreNotDeclined(int requestsEach, bool atOneInstant)
    {
        for (var card = 0; card < 8; card++) await Burst(requestsEach, atOneInstant);
    }

    [Fact]
    public async Task Assess_ManyCardsAtOnce_ExactlyThreeAreNotDeclinedOnEach() =>
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Burst(requestsEach: 1, atOneInstant: false)));

    private async Task Burst(int requestsEach, bool atOneInstant)
    {
        var card = Bodies.NewName("tok");
        DateTimeOffset? time = atOneInstant ? TimeProvider.System.GetUtcNow() : null;
        var answers = await Task.WhenAll(Enumerable.Range(0, PaymentCount).SelectMany(payment =>
        {
            var body = Bodies.Payment(Bodies.NewName("p"), card, merchant: "m_burst", occurredAt: time);
            return Enumerable.Range(payment, requestsEach).Select(turn => service.Checkouts[turn % 2].Assess(body));
        }));
        foreach (var answer in answers) Assert.True(answer.MustBeDecision().Degraded.Count == 0, $"Nothing was to be unknown: {answer}");
        var decisions = answers.GroupBy(answer => answer.PaymentId).Select(payment => Assert.Single(payment.Select(answer => answer.Decision).Distinct())).ToList();
        Assert.Equal((PaymentCount, NotDeclined), (decisions.Count, decisions.Count(decision => decision != "decline")));
    }
}
