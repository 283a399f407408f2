using System.Security.Claims;
using PaymentGuard.Platform;

namespace PaymentGuard.Tests.Platform;

public sealed class TokenCacheTests
{
    private readonly Clock clock = new();

    [Fact]
    public void Find_TokenThatWasAdded_IsKnownUntilItExpires()
    {
        var (cache, principal) = (new TokenCache(clock), new ClaimsPrincipal());
        cache.Add("a.b.c", principal, clock.GetUtcNow().AddSeconds(10));
        Assert.Same(principal, cache.Find("a.b.c"));
        Assert.Null(cache.Find("a.b.d"));
        clock.Now += TimeSpan.FromSeconds(10);
        Assert.Null(cache.Find("a.b.c"));
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void Add_MoreThanItHolds_StaysBounded()
    {
        var cache = new TokenCache(clock);
        for (var token = 0; token <= TokenCache.Capacity; token++) cache.Add($"token {token}", new ClaimsPrincipal(), clock.GetUtcNow().AddHours(1));
        Assert.InRange(cache.Count, 1, TokenCache.Capacity);
        Assert.NotNull(cache.Find($"token {TokenCache.Capacity}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ü€😀")]
    public void Find_AnyText_IsNotKnown(string token) => Assert.Null(new TokenCache(clock).Find(token));

    [Fact]
    public void Find_LongestToken_IsNotKnown() => Assert.Null(new TokenCache(clock).Find(new string('x', AccessTokens.LengthMax)));

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
