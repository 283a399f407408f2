using Microsoft.Extensions.DependencyInjection;

namespace PaymentGuard.Accounts;

/// <summary>The parts that freeze accounts and give them back.</summary>
internal static class AccountServices
{
    public static IServiceCollection AddAccounts(this IServiceCollection services) => services
        .AddSingleton<FrozenAccounts>()
        .AddSingleton<CompromiseTable>()
        .AddSingleton<FreezeAccount>()
        .AddSingleton<RecoveryTable>()
        .AddSingleton<RecoverAccount>()
        .AddSingleton<AccountTimeline>()
        .AddHostedService(provider => provider.GetRequiredService<FrozenAccounts>())
        .AddHostedService<RuleFreezes>();
}
