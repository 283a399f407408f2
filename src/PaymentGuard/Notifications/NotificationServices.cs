using Microsoft.Extensions.DependencyInjection;
using PaymentGuard.Notifications.Senders;
using PaymentGuard.Platform;

namespace PaymentGuard.Notifications;

/// <summary>The parts that tell buyers what happens in their accounts.</summary>
internal static class NotificationServices
{
    /// <summary>Throws <see cref="SettingException"/> when the senders' settings cannot be used.</summary>
    public static IServiceCollection AddNotifications(this IServiceCollection services, Settings settings) => services
        .AddSingleton(MessageSenders.Read(settings, TimeProvider.System))
        .AddSingleton(AccountPage.Read(settings))
        .AddSingleton<NotificationsQueued>()
        .AddSingleton<NotMeTokens>()
        .AddSingleton<NotificationTexts>()
        .AddHostedService<SendNotifications>();
}
