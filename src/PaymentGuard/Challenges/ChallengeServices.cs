using Microsoft.Extensions.DependencyInjection;
using PaymentGuard.Challenges.Factors;

namespace PaymentGuard.Challenges;

/// <summary>The parts that have buyers prove who they are.</summary>
internal static class ChallengeServices
{
    public static IServiceCollection AddChallenges(this IServiceCollection services) => services
        .AddSingleton<ChallengeOffers>()
        .AddSingleton<CodeHashes>()
        .AddSingleton<Proofs>()
        .AddSingleton<Passkeys>()
        .AddSingleton<OfferPasskey>()
        .AddSingleton<OpenChallenge>()
        .AddSingleton<SendCode>()
        .AddSingleton<RedeemProof>()
        .AddSingleton<FactorChanges>()
        .AddSingleton<EnrolTotp>()
        .AddSingleton<AddContact>()
        .AddSingleton<AddPasskey>()
        .AddSingleton<ConfirmFactor>()
        .AddSingleton<MakeRecoveryCodes>()
        .AddSingleton<AnswerChallenge>()
        .AddHostedService(provider => provider.GetRequiredService<AnswerChallenge>())
        .AddHostedService<AbandonedChallenges>();
}
