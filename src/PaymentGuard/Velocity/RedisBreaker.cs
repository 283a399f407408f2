using Polly;
using Polly.CircuitBreaker;

namespace PaymentGuard.Velocity;

/// <summary>
/// Keeps payments from waiting, one after the other, for a Redis that does not answer, and its queue from growing meanwhile: when half of at least
/// eight calls within two seconds stayed without any answer, no call is made for a second; then one tries.
/// </summary>
internal sealed class RedisBreaker
{
    private readonly ResiliencePipeline<bool> pipeline;

    public RedisBreaker(TimeProvider clock) => pipeline = new ResiliencePipelineBuilder<bool> { TimeProvider = clock }
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions<bool>
        {
            FailureRatio = 0.5,
            MinimumThroughput = 8,
            SamplingDuration = TimeSpan.FromSeconds(2),
            BreakDuration = TimeSpan.FromSeconds(1),
            ShouldHandle = static call => ValueTask.FromResult(call.Outcome is not { Exception: null, Result: true }),
        })
        .Build();

    /// <param name="call">Whether Redis answered at all; its exceptions are failures too.</param>
    /// <returns>What the call returned; false when it was not made, or failed.</returns>
    public async ValueTask<bool> Execute<TState>(Func<TState, ValueTask<bool>> call, TState state, CancellationToken ct)
    {
        var context = ResilienceContextPool.Shared.Get(ct);
        var outcome = await pipeline.ExecuteOutcomeAsync(static (_, work) => Try(work.call, work.state), context, (call, state));
        ResilienceContextPool.Shared.Return(context);
        return outcome is { Exception: null, Result: true };
    }

    private static async ValueTask<Outcome<bool>> Try<TState>(Func<TState, ValueTask<bool>> call, TState state)
    {
        try { return Outcome.FromResult(await call(state)); }
        catch (Exception failure) when (RedisFailure.Is(failure)) { return Outcome.FromException<bool>(failure); }
    }
}
