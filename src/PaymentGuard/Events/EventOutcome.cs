using PaymentGuard.Assessments;

namespace PaymentGuard.Events;

/// <summary>What became of an event that could be read.</summary>
internal abstract record EventOutcome
{
    private EventOutcome() { }

    /// <summary>It is recorded and its effect is durable: a payment is assessed, a velocity log has it or will be repaired.</summary>
    public sealed record Accepted : EventOutcome
    {
        public static readonly Accepted Instance = new();
    }

    /// <summary>It was accepted before, and had no further effect.</summary>
    public sealed record Duplicate : EventOutcome
    {
        public static readonly Duplicate Instance = new();
    }

    /// <summary>It contradicts what is recorded, or cannot be recorded at all.</summary>
    /// <param name="Reason">One of <see cref="RejectionReason"/>.</param>
    public sealed record Refused(string Reason, IReadOnlyList<FieldError> Errors) : EventOutcome
    {
        public static readonly Refused CannotBeStored =
            new(RejectionReason.CannotBeStored, [new FieldError(string.Empty, "could not be stored")]);

        public static readonly Refused EventDiffers = new(RejectionReason.EventContentDiffers,
            [new FieldError(string.Empty, "differs from the event that was sent before with this source and id")]);

        /// <param name="pointers">The differing fields, from the attempt.</param>
        public static Refused PaymentDiffers(IReadOnlyList<string> pointers) => new(RejectionReason.PaymentContentDiffers,
            [.. pointers.Select(pointer => new FieldError("/data" + pointer, "differs from what was sent before for this payment"))]);
    }
}
