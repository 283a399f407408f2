namespace PaymentGuard.Assessments;

/// <summary>Where an attempt came from. By HTTP somebody waits for the answer; from Kafka only what is recorded counts.</summary>
internal enum AssessmentSource
{
    Http,
    Kafka,
}

/// <summary>What came of asking for a decision.</summary>
internal abstract record AssessmentOutcome
{
    private AssessmentOutcome() { }

    /// <param name="Json">The answer, the same bytes for every request with this content, but for the value of <c>recorded</c>.</param>
    /// <param name="Recorded">Whether PostgreSQL has it; else it lies in the spool.</param>
    internal sealed record Answered(ReadOnlyMemory<byte> Json, bool Recorded) : AssessmentOutcome;

    /// <summary>The payment was decided, or is being decided, with other content.</summary>
    /// <param name="Pointers">JSON Pointer to each differing field.</param>
    internal sealed record ContentDiffers(IReadOnlyList<string> Pointers) : AssessmentOutcome;

    /// <summary>Another process is deciding this payment and had no answer by the deadline. Nothing is known to be wrong: ask again.</summary>
    internal sealed record Pending : AssessmentOutcome
    {
        public static readonly Pending Instance = new();
    }

    /// <summary>Too much is in work already; this payment was not looked at.</summary>
    internal sealed record Overloaded : AssessmentOutcome
    {
        public static readonly Overloaded Instance = new();
    }

    /// <summary>The decision could be kept nowhere, neither in PostgreSQL nor in the spool, and so was not given.</summary>
    internal sealed record Unavailable : AssessmentOutcome
    {
        public static readonly Unavailable Instance = new();
    }
}
