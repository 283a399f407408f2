using System.Diagnostics;

namespace PaymentGuard.IntegrationTests.Infrastructure;

/// <summary>Waits for what comes about by itself, with a bound.</summary>
internal static class Eventually
{
    /// <summary>Asks until the condition holds; fails the test, naming the condition, when the patience ends first.</summary>
    public static async Task Holds(string condition, Func<Task<bool>> holds, TimeSpan? patience = null)
    {
        var bound = patience ?? TimeSpan.FromSeconds(20);
        for (var waited = Stopwatch.StartNew(); !await holds(); await Task.Delay(25))
        {
            Assert.True(waited.Elapsed < bound, $"After {bound.TotalSeconds:0} s it still does not hold: {condition}.");
        }
    }
}
