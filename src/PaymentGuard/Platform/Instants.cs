namespace PaymentGuard.Platform;

internal static class Instants
{
    /// <summary>The time as PostgreSQL keeps it: what is stored and what is answered are then the same.</summary>
    public static DateTimeOffset InMicroseconds(this DateTimeOffset time) =>
        new(time.UtcTicks / TimeSpan.TicksPerMicrosecond * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
}
