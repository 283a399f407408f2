namespace PaymentGuard.Domain.Claims;

/// <summary>
/// E-Commerce Law of China, art. 57: the provider bears an unauthorised payment unless it proves the user's fault, and always what is lost
/// because it acted late.
/// </summary>
/// <param name="BuyerMinor">What the user bears.</param>
/// <param name="ProviderMinor">What is owed to the user.</param>
public readonly record struct ChinaLiability(long BuyerMinor, long ProviderMinor)
{
    /// <param name="lossAfterNoticeMinor">Lost between the notice and the measures, beside the amount.</param>
    public static ChinaLiability Of(long amountMinor, bool providerProvesUserFault, long lossAfterNoticeMinor) => providerProvesUserFault
        ? new ChinaLiability(amountMinor, lossAfterNoticeMinor)
        : new ChinaLiability(0, checked(amountMinor + lossAfterNoticeMinor));
}
