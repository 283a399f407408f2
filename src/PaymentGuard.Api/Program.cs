using PaymentGuard.Assessments;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.Events;
using PaymentGuard.Platform;
using PaymentGuard.Rules;

try
{
    var settings = Settings.FromEnvironment();
    var builder = WebApplication.CreateEmptyBuilder(new()).AddPaymentGuardPlatform(settings);
    builder.Services.AddRules(settings).AddAssessments().AddEvents(settings);
    builder.Services.AddSingleton(services => new EntityHasher(services.GetRequiredService<DataKeys>().Derive("velocity")));
    builder.Services.AddSingleton<IVelocityStore>(new InProcessVelocityStore());
    var app = builder.Build().UsePaymentGuardPlatform();
    app.MapAssessmentEndpoints();
    app.MapEventEndpoints();
    await app.RunAsync();
    return 0;
}
catch (SettingException problem)
{
    await Console.Error.WriteLineAsync($"PaymentGuard cannot start. {problem.Message}");
    return 2;
}
