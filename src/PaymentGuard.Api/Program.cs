using PaymentGuard.Accounts;
using PaymentGuard.Assessments;
using PaymentGuard.Challenges;
using PaymentGuard.Challenges.Factors;
using PaymentGuard.Events;
using PaymentGuard.Platform;
using PaymentGuard.Rules;
using PaymentGuard.Velocity;

try
{
    var settings = Settings.FromEnvironment();
    var builder = WebApplication.CreateEmptyBuilder(new()).AddPaymentGuardPlatform(settings);
    builder.Services.AddRules(settings).AddAccounts().AddChallenges().AddVelocity().AddAssessments().AddEvents(settings);
    var app = builder.Build().UsePaymentGuardPlatform();
    app.MapAssessmentEndpoints();
    app.MapEventEndpoints();
    app.MapChallengeEndpoints();
    app.MapFactorEndpoints();
    app.MapAccountEndpoints();
    await app.RunAsync();
    return 0;
}
catch (SettingException problem)
{
    await Console.Error.WriteLineAsync($"PaymentGuard cannot start. {problem.Message}");
    return 2;
}
