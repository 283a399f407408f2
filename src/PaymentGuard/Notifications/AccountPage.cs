using PaymentGuard.Platform;

namespace PaymentGuard.Notifications;

/// <summary>The platform's page that "it was not me" links open; the page asks the buyer and then posts. Opening it changes nothing.</summary>
/// <param name="IsSet">False: nobody has said where it is.</param>
internal sealed record AccountPage(string Url, bool IsSet)
{
    private const string Default = "https://account.example/security";

    public static AccountPage Read(Settings settings)
    {
        var url = settings.AccountPage ?? Default;
        // A link that is not encrypted would give the token to anyone on its way.
        return Uri.TryCreate(url, UriKind.Absolute, out var page) && page.Scheme == Uri.UriSchemeHttps && page.Fragment.Length == 0 && page.UserInfo.Length == 0
            ? new AccountPage(page.AbsoluteUri, settings.AccountPage is not null)
            : throw new SettingException("PAYMENTGUARD_ACCOUNT_PAGE must be an https:// URL without a fragment.");
    }

    public string LinkFor(string token) => $"{Url}{(Url.Contains('?', StringComparison.Ordinal) ? '&' : '?')}notification={token}";
}
