using Microsoft.Extensions.DependencyInjection;

namespace PaymentGuard.Assessments;

/// <summary>The parts that decide payments.</summary>
internal static class AssessmentServices
{
    public static IServiceCollection AddAssessments(this IServiceCollection services) => services
        .AddSingleton<AssessmentTable>()
        .AddSingleton<AssessmentsStored>()
        .AddSingleton<AssessmentStore>()
        .AddSingleton<AssessmentSpool>()
        .AddSingleton<DecisionClaims>()
        .AddSingleton<DecisionMaker>()
        .AddSingleton<AssessPayment>()
        .AddHostedService(provider => provider.GetRequiredService<AssessmentStore>())
        .AddHostedService(provider => provider.GetRequiredService<AssessmentSpool>())
        .AddHostedService<Warmup>();
}
