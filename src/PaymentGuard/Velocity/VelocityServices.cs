using Microsoft.Extensions.DependencyInjection;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.Platform;

namespace PaymentGuard.Velocity;

/// <summary>Velocities: the logs in Redis and what keeps them whole. Register it after the rules, and before what serves payments.</summary>
internal static class VelocityServices
{
    public static IServiceCollection AddVelocity(this IServiceCollection services) => services
        .AddVelocityRebuild()
        .AddSingleton<MissingAppends>()
        .AddSingleton<RedisCompaction>()
        .AddSingleton<RedisVelocityStore>()
        .AddSingleton<IVelocityStore>(provider => provider.GetRequiredService<RedisVelocityStore>())
        .AddHostedService(provider => provider.GetRequiredService<RedisCompaction>())
        .AddHostedService<VelocityRepair>()
        .AddHostedService<VelocityMonitor>();

    /// <summary>What a command needs that rebuilds the logs.</summary>
    public static IServiceCollection AddVelocityRebuild(this IServiceCollection services) => services
        .AddSingleton(provider => new EntityHasher(provider.GetRequiredService<DataKeys>().Derive("velocity")))
        .AddSingleton<RedisEpoch>()
        .AddSingleton<VelocityHistory>()
        .AddSingleton<VelocityRebuild>();
}
