using System.Collections.Frozen;

namespace PaymentGuard.Events;

/// <summary>What an event is to PaymentGuard.</summary>
internal enum EventKind
{
    /// <summary>A payment to be assessed.</summary>
    Attempt,
    /// <summary>What became of an attempt.</summary>
    Outcome,
    /// <summary>Something that happened to an account.</summary>
    Activity,
}

/// <summary>Outcomes of one group contradict each other: of one payment's, the latest time wins, then the larger id. Numbers are stored.</summary>
internal enum OutcomeGroup : short
{
    /// <summary>Authorised or declined.</summary>
    Issuer = 1,
    /// <summary>Reported as fraud or cleared of it.</summary>
    Fraud = 2,
    Chargeback = 3,
}

/// <summary>A type of event that is understood.</summary>
/// <param name="Name">The CloudEvent's <c>type</c>.</param>
/// <param name="Group">Null for what no velocity tells apart, such as a capture: it is recorded, and no log has it.</param>
/// <param name="IsOwn">PaymentGuard itself says it, under <see cref="OwnSource"/>; from outside it is not taken.</param>
internal sealed record EventType(string Name, EventKind Kind, OutcomeGroup? Group = null, bool IsOwn = false)
{
    /// <summary>The source of what PaymentGuard itself says; from outside none is taken under it.</summary>
    public const string OwnSource = "paymentguard";

    public const string
        Attempted = "payment.attempted", Authorized = "payment.authorized", Declined = "payment.declined", Captured = "payment.captured",
        Refunded = "payment.refunded", ChargedBack = "payment.charged_back", FraudReported = "payment.fraud_reported",
        FraudCleared = "payment.fraud_cleared", Registered = "account.registered", SignedIn = "account.signed_in",
        SignInFailed = "account.sign_in_failed", PasswordChanged = "account.password_changed",
        ContactChanged = "account.contact_changed", DeviceBound = "device.bound",
        ChallengeFailed = "challenge.failed", ChallengeAbandoned = "challenge.abandoned";

    private static readonly FrozenDictionary<string, EventType> ByName = new EventType[]
    {
        new(Attempted, EventKind.Attempt),
        new(Authorized, EventKind.Outcome, OutcomeGroup.Issuer),
        new(Declined, EventKind.Outcome, OutcomeGroup.Issuer),
        new(Captured, EventKind.Outcome),
        new(Refunded, EventKind.Outcome),
        new(ChargedBack, EventKind.Outcome, OutcomeGroup.Chargeback),
        new(FraudReported, EventKind.Outcome, OutcomeGroup.Fraud),
        new(FraudCleared, EventKind.Outcome, OutcomeGroup.Fraud),
        new(Registered, EventKind.Activity),
        new(SignedIn, EventKind.Activity),
        new(SignInFailed, EventKind.Activity),
        new(PasswordChanged, EventKind.Activity),
        new(ContactChanged, EventKind.Activity),
        new(DeviceBound, EventKind.Activity),
        new(ChallengeFailed, EventKind.Activity, IsOwn: true),
        new(ChallengeAbandoned, EventKind.Activity, IsOwn: true),
    }.ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    /// <summary>Null when no such type is known.</summary>
    public static EventType? Find(string name) => ByName.GetValueOrDefault(name);
}
