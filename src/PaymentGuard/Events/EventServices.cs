using Microsoft.Extensions.DependencyInjection;
using PaymentGuard.Platform;

namespace PaymentGuard.Events;

/// <summary>The parts that take events in and give decisions out. Without Kafka, events come by HTTP alone and nothing is published.</summary>
internal static class EventServices
{
    public static IServiceCollection AddEvents(this IServiceCollection services, Settings settings)
    {
        services
            .AddSingleton<EventStore>()
            .AddSingleton<ApplyEvents>()
            .AddSingleton<RecordEvents>()
            .AddSingleton<KnownEvents>()
            .AddSingleton<ChallengeSignals>()
            .AddHostedService<WaitingOutcomes>();
        if (settings.Kafka is null) return services;
        KafkaLibrary.Use();
        return services
            .AddSingleton<TakeMessages>()
            .AddHostedService<PaymentEventsConsumer>()
            .AddHostedService<DecisionPublisher>();
    }
}
