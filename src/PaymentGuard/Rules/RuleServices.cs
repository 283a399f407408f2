using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Platform;

namespace PaymentGuard.Rules;

/// <summary>The rule set in force, followed from <c>PAYMENTGUARD_RULES</c>. Register it before what serves payments: it loads first.</summary>
internal static class RuleServices
{
    public static IServiceCollection AddRules(this IServiceCollection services, Settings settings) => services
        .AddSingleton(provider => new RuleSetStore(provider.GetRequiredService<NpgsqlDataSource>()))
        .AddSingleton(provider => new RuleSetFolder(
            settings.RulesFolder,
            settings.IpCountryFile,
            provider.GetRequiredService<RuleSetStore>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<RuleSetFolder>>()))
        .AddSingleton<IRuleSetSource>(provider => provider.GetRequiredService<RuleSetFolder>())
        .AddHostedService(provider => provider.GetRequiredService<RuleSetFolder>());
}
