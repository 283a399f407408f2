using PaymentGuard.Accounts;
using PaymentGuard.Assessments;
using PaymentGuard.Audit;
using PaymentGuard.Challenges;
using PaymentGuard.Challenges.Factors;
using PaymentGuard.Events;
using PaymentGuard.Notifications;
using PaymentGuard.Platform;
using PaymentGuard.Rules;
using PaymentGuard.Sca;
using PaymentGuard.Velocity;

try
{
    var settings = Settings.FromEnvironment();
    var builder = WebApplication.CreateEmptyBuilder(new()).AddPaymentGuardPlatform(settings);
    // Before all that appends to the chain, so that it stops after it.
    builder.Services.AddAuditCheckpoints();
    builder.Services
        .AddRules(settings).AddNotifications(settings).AddAccounts().AddSca().AddChallenges().AddVelocity().AddAssessments().AddEvents(settings);
    var app = builder.Build().UsePaymentGuardPlatform();
    app.MapAssessmentEndpoints();
    app.MapFraudRateEndpoint();
    app.MapEventEndpoints();
    app.MapChallengeEndpoints();
    app.MapFactorEndpoints();
    app.MapAccountEndpoints();
    app.MapNoticeEndpoints();
    app.MapAuditEndpoint();
    await app.RunAsync();
    return 0;
}
catch (SettingException problem)
{
    await Console.Error.WriteLineAsync($"PaymentGuard cannot start. {problem.Message}");
    return 2;
}
