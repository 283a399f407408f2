using System.Collections.Immutable;

namespace PaymentGuard.Domain.Challenges;

/// <summary>
/// How often a buyer's answers were refused, across all factors, methods and challenges, and the locks that follow. The law allows five failures in a row
/// (RTS 2018/389 art. 4(3)(b)); locks grow and an end comes at a hundred, as NIST SP 800-63B-4 3.2.2 asks.
/// </summary>
/// <param name="Failures">Refused answers in a row, 0 or more.</param>
/// <param name="FailedAt">Of the last refused answers, oldest first, at most <see cref="FailuresDisabling"/>.</param>
/// <param name="LockSeconds">Length of the last lock; 0: none since the last redeemed proof.</param>
/// <param name="LockedUntil">End of the last lock; null: none since the last redeemed proof.</param>
/// <param name="DisabledAt">Since then no factor counts until the account is recovered; null: they do.</param>
public sealed record FactorLock(
    int Failures, ImmutableArray<DateTimeOffset> FailedAt, int LockSeconds, DateTimeOffset? LockedUntil, DateTimeOffset? DisabledAt)
{
    public const int FailuresMax = 5, LockSecondsMin = 30, LockSecondsMax = 3_600, FailuresDisabling = 100;

    private static readonly TimeSpan DisablingPeriod = TimeSpan.FromDays(30);

    public static FactorLock None { get; } = new(0, [], 0, null, null);

    /// <summary>While it is closed nothing is compared and nothing counted.</summary>
    public bool IsClosedAt(DateTimeOffset now) => DisabledAt is not null || now < LockedUntil;

    /// <summary>The next failure disables the factors, so the buyer is warned (PSD2 RTS art. 4(4)).</summary>
    public bool IsLastWarningAt(DateTimeOffset now) => FailuresSince(now - DisablingPeriod) == FailuresDisabling - 1;

    /// <summary>After an answer that was compared and refused: the fifth in a row locks, and after a lock each one.</summary>
    public FactorLock AfterFailure(DateTimeOffset now)
    {
        var next = this with { Failures = Failures + 1, FailedAt = [.. FailedAt.TakeLast(FailuresDisabling - 1), now] };
        if (next.FailuresSince(now - DisablingPeriod) >= FailuresDisabling) return next with { DisabledAt = now };
        if (LockSeconds == 0 && next.Failures < FailuresMax) return next;
        var seconds = Math.Clamp(LockSeconds * 2, LockSecondsMin, LockSecondsMax);
        return next with { LockSeconds = seconds, LockedUntil = now.AddSeconds(seconds) };
    }

    /// <summary>After a proof was redeemed. Nothing is forgiven that came after the answer it stems from: a lock that began since stays.</summary>
    public FactorLock AfterRedeeming(DateTimeOffset answeredAt) =>
        DisabledAt is not null || LockedUntil?.AddSeconds(-LockSeconds) >= answeredAt ? this : this with { Failures = 0, LockSeconds = 0, LockedUntil = null };

    private int FailuresSince(DateTimeOffset time) => FailedAt.Count(failedAt => failedAt > time);
}
