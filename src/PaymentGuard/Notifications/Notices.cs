using PaymentGuard.Notifications.Texts;

namespace PaymentGuard.Notifications;

/// <summary>A text of the buyer guide.</summary>
internal sealed class Notice
{
    public required string Id { get; init; }

    public required Bilingual<string> Title { get; init; }

    public required Bilingual<string> Text { get; init; }
}

/// <summary>The buyer guide, and which of its texts belong beside which answer.</summary>
internal static class Notices
{
    public const string NotMe = "not_me", NeverShareCodes = "never_share_codes", HowYouAreProtected = "how_you_are_protected", AccountFrozen = "account_frozen";

    public static readonly IReadOnlyList<string> OfChallenge = [NotMe, NeverShareCodes];

    public static readonly IReadOnlyList<string> OfFreeze = [AccountFrozen, HowYouAreProtected];

    private static readonly Lazy<Notice[]> Guide = new(() => TextFiles.Read<Notice[]>("notices.yaml"));

    public static IReadOnlyList<Notice> All => Guide.Value;

    public static Notice? Find(string id) => Array.Find(Guide.Value, notice => notice.Id == id);
}
