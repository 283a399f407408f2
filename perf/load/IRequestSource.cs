namespace PaymentGuard.Load;

/// <summary>Where the requests of a load come from, each another one. Thread safe.</summary>
internal interface IRequestSource
{
    /// <summary>Longest body in bytes.</summary>
    const int BodyLengthMax = 1_024;

    /// <summary>Writes the next request; returns the lengths of both parts.</summary>
    (int PathLength, int BodyLength) Write(Span<byte> path, Span<byte> body);
}
