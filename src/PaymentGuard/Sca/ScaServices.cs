using Microsoft.Extensions.DependencyInjection;

namespace PaymentGuard.Sca;

/// <summary>The parts that say whether a payment needs strong customer authentication.</summary>
internal static class ScaServices
{
    public static IServiceCollection AddSca(this IServiceCollection services) => services
        .AddSingleton<AccountHistoryReader>()
        .AddSingleton<FraudRateTable>()
        .AddSingleton<FraudRates>()
        .AddSingleton<PaymentSca>()
        .AddHostedService(provider => provider.GetRequiredService<FraudRates>());
}
