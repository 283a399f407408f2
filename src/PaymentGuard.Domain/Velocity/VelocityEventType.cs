using System.Collections.Frozen;

namespace PaymentGuard.Domain.Velocity;

/// <summary>What happened to a payment or an account, as far as logs tell it. The low byte is the stored code, the high byte the <see cref="RecordKind"/>.</summary>
public enum VelocityEventType : ushort
{
    Authorized = RecordKind.Outcome << 8 | 1,
    Declined = RecordKind.Outcome << 8 | 2,
    FraudReported = RecordKind.Label << 8 | 1,
    FraudCleared = RecordKind.Label << 8 | 2,
    ChargedBack = RecordKind.Label << 8 | 3,
    Registered = RecordKind.Activity << 8 | 1,
    SignedIn = RecordKind.Activity << 8 | 2,
    SignInFailed = RecordKind.Activity << 8 | 3,
    PasswordChanged = RecordKind.Activity << 8 | 4,
    ContactChanged = RecordKind.Activity << 8 | 5,
    DeviceBound = RecordKind.Activity << 8 | 6,
    ChallengeFailed = RecordKind.Activity << 8 | 7,
    ChallengeAbandoned = RecordKind.Activity << 8 | 8,
}

/// <summary>The names of <see cref="VelocityEventType"/>: in events (<c>account.signed_in</c>) and in rules (<c>account.events("signed_in", 1h)</c>).</summary>
public static class VelocityEventTypes
{
    private static readonly FrozenDictionary<string, VelocityEventType> ByEventName = new Dictionary<string, VelocityEventType>
    {
        ["payment.authorized"] = VelocityEventType.Authorized,
        ["payment.declined"] = VelocityEventType.Declined,
        ["payment.fraud_reported"] = VelocityEventType.FraudReported,
        ["payment.fraud_cleared"] = VelocityEventType.FraudCleared,
        ["payment.charged_back"] = VelocityEventType.ChargedBack,
        ["account.registered"] = VelocityEventType.Registered,
        ["account.signed_in"] = VelocityEventType.SignedIn,
        ["account.sign_in_failed"] = VelocityEventType.SignInFailed,
        ["account.password_changed"] = VelocityEventType.PasswordChanged,
        ["account.contact_changed"] = VelocityEventType.ContactChanged,
        ["device.bound"] = VelocityEventType.DeviceBound,
        ["challenge.failed"] = VelocityEventType.ChallengeFailed,
        ["challenge.abandoned"] = VelocityEventType.ChallengeAbandoned,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, VelocityEventType> ByRuleName = new Dictionary<string, VelocityEventType>
    {
        ["registered"] = VelocityEventType.Registered,
        ["signed_in"] = VelocityEventType.SignedIn,
        ["sign_in_failed"] = VelocityEventType.SignInFailed,
        ["password_changed"] = VelocityEventType.PasswordChanged,
        ["contact_changed"] = VelocityEventType.ContactChanged,
        ["device_bound"] = VelocityEventType.DeviceBound,
        ["challenge_failed"] = VelocityEventType.ChallengeFailed,
        ["challenge_abandoned"] = VelocityEventType.ChallengeAbandoned,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The account events that <c>events(…)</c> counts, as rules name them.</summary>
    public static IReadOnlyList<string> RuleNames { get; } = [.. ByRuleName.Keys.Order(StringComparer.Ordinal)];

    /// <summary>By a CloudEvent's type; null for what no log keeps, such as a capture.</summary>
    public static VelocityEventType? OfEvent(string type) => ByEventName.TryGetValue(type, out var found) ? found : null;

    /// <summary>By a rule's word, which may be the CloudEvent's type as well; null when there is no such account event.</summary>
    public static VelocityEventType? OfRule(string name) =>
        ByRuleName.TryGetValue(name, out var found) || ByEventName.TryGetValue(name, out found) && found.Kind() == RecordKind.Activity ? found : null;

    public static RecordKind Kind(this VelocityEventType type) => (RecordKind)((ushort)type >> 8);

    public static byte Code(this VelocityEventType type) => (byte)type;
}
