using PaymentGuard.Platform;

namespace PaymentGuard.Tests.Platform;

/// <summary>Whoever is told that nothing was done can rely on it.</summary>
public sealed class PostgresPatienceTests
{
    private readonly CancellationTokenSource caller = new();
    private readonly TaskCompletionSource<int> work = new();

    [Fact]
    public async Task Wait_WorkEndsInTime_GivesItsResult()
    {
        using var patience = NewPatience();
        patience.BeginCommit();
        work.SetResult(7);
        Assert.Equal(7, await patience.Wait(work.Task));
        Assert.False(patience.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task Wait_PatienceEnds_ThrowsAndTheWorkCommitsNoMore()
    {
        using var patience = NewPatience(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => patience.Wait(work.Task));
        Assert.Throws<OperationCanceledException>(patience.BeginCommit);
    }

    [Fact]
    public async Task Wait_CallerGivesUp_IsTheSame()
    {
        using var patience = NewPatience();
        var waiting = patience.Wait(work.Task);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Throws<OperationCanceledException>(patience.BeginCommit);
    }

    [Fact]
    public async Task Wait_WorkIsCommitting_IsWaitedFor()
    {
        using var patience = NewPatience();
        patience.BeginCommit();
        var waiting = patience.Wait(work.Task);
        await caller.CancelAsync();
        Assert.False(waiting.IsCompleted);
        work.SetResult(7);
        Assert.Equal(7, await waiting);
    }

    [Fact]
    public async Task Cancel_SomethingHoldsItUp_NobodyWaitsForThat()
    {
        using var patience = NewPatience();
        using var silent = new ManualResetEventSlim();
        await using var slow = patience.Token.Register(silent.Wait);
        var waiting = patience.Wait(work.Task);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        silent.Set();
    }

    private PostgresPatience NewPatience(TimeSpan? longest = null) => new(longest ?? TimeSpan.FromMinutes(1), TimeProvider.System, caller.Token);
}
