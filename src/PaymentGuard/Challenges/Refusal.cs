using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges;

/// <summary>
/// The one answer to whatever must not be told apart (PSD2 RTS art. 4(3)(a)). Some refusals cost a comparison and a count, others nothing, so it is given at
/// whole steps of time after the request came: what the work took does not show.
/// </summary>
internal readonly struct Refusal(HttpContext context)
{
    /// <summary>Longer than the work of any refusal takes on a service that is not overloaded.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(25);

    private readonly TimeProvider clock = context.RequestServices.GetRequiredService<TimeProvider>();
    private readonly long arrival = context.RequestServices.GetRequiredService<TimeProvider>().GetTimestamp();

    public Task Give() => Give(Problems.ChallengeRefused);

    public async Task Give(ProblemKind problem)
    {
        var taken = clock.GetElapsedTime(arrival);
        await Task.Delay(Step - TimeSpan.FromTicks(taken.Ticks % Step.Ticks), clock, context.RequestAborted);
        await Problems.Write(context, problem);
    }
}
