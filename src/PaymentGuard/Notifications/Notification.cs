namespace PaymentGuard.Notifications;

/// <summary>The ways that messages go.</summary>
internal static class Channels
{
    public const string Email = "email", Sms = "sms";

    /// <summary>To the platform, for the buyer's account page; it has no address.</summary>
    public const string Account = "account";

    public static readonly IReadOnlyList<string> All = [Email, Sms, Account];
}

/// <summary>Where a message goes.</summary>
/// <param name="Channel"><c>email</c> or <c>sms</c>.</param>
internal sealed record Contact(string Channel, string Address)
{
    public override string ToString() => Channel;
}

/// <summary>What a buyer is told.</summary>
/// <param name="Kind">One of <see cref="NotificationKinds"/>.</param>
/// <param name="To">Null: to every confirmed address that the account has at this moment, and to the platform for display on the account page.</param>
/// <param name="Facts">
/// What the text tells, by name: <c>code</c>; <c>amountMinor</c>, <c>currency</c> and <c>payee</c> of a payment, or the <c>action</c>; <c>factor</c>, the kind of a
/// factor; <c>language</c>, <c>zh</c> or <c>en</c>, without which the text is in both.
/// </param>
/// <param name="ExpiresAt">Not sent after it, as a code that is no use any more; null: tried for a day.</param>
internal sealed record Notification(
    string AccountId, string Kind, IReadOnlyDictionary<string, string> Facts, Contact? To = null, DateTimeOffset? ExpiresAt = null)
{
    public override string ToString() => Kind;
}

internal static class NotificationKinds
{
    public const string
        Code = "code", ContactConfirmation = "contact_confirmation", FactorAdded = "factor_added", FactorRemoved = "factor_removed",
        RecoveryCodesMade = "recovery_codes_made", RecoveryCodeUsed = "recovery_code_used", LockNear = "lock_near", Locked = "locked",
        Disabled = "factors_disabled", Frozen = "account_frozen", Recovered = "account_recovered";

    public static readonly IReadOnlyList<string> All =
        [Code, ContactConfirmation, FactorAdded, FactorRemoved, RecoveryCodesMade, RecoveryCodeUsed, LockNear, Locked, Disabled, Frozen, Recovered];
}
