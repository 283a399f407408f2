using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using PaymentGuard.Assessments;
using PaymentGuard.Audit;
using PaymentGuard.Notifications;

namespace PaymentGuard.Platform;

/// <summary>What every part of a process stands on: settings, clock, keys, connections, tokens, limits.</summary>
internal static class PlatformServices
{
    private const int ConnectionsMax = 4_096, HeaderBytesMax = 32 * 1024, HeaderCountMax = 64;
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(20);

    public static WebApplicationBuilder AddPaymentGuardPlatform(this WebApplicationBuilder builder, Settings settings)
    {
        builder.AddLogging();
        builder.Services.AddRoutingCore();
        // Requests run on the pool's thread that read them, without a change of thread on the way in and out. Unsafe only for code that blocks: ours awaits.
        builder.WebHost.UseKestrelCore().UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true).UseUrls(settings.Urls).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = PaymentJson.BytesMax;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
            kestrel.Limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
            kestrel.Limits.MaxRequestHeaderCount = HeaderCountMax;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddPlatform(settings).AddAccessTokens(settings).AddApiDescription().AddSingleton<Readiness>();
        builder.Services.AddHostedService<DataKeysFollower>();
        if (settings.OtlpEndpoint is not null) builder.Services.AddHostedService<MetricsExport>();
        return builder;
    }

    /// <summary>The part that a command without a web server needs as well.</summary>
    public static IServiceCollection AddPlatform(this IServiceCollection services, Settings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSingleton(settings)
            .AddSingleton(DataKeys.Load(settings.KeyFile))
            .AddSingleton(_ => PostgresSource.Create(settings))
            .AddSingleton<Migrator>()
            .AddSingleton<AuditLog>()
            .AddSingleton<NotificationOutbox>()
            .AddSingleton<RedisConnection>();
    }

    /// <summary>What happens to every request before it reaches a route.</summary>
    public static WebApplication UsePaymentGuardPlatform(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return next(context);
        });
        app.UseProblemPages();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHealth();
        app.MapOpenApi().AllowAnonymous();
        return app;
    }

    /// <summary>One line an event on standard output. Requests are not logged: there are many, and their paths and headers are not ours to keep.</summary>
    private static void AddLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders().AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ ", true));
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
    }

    /// <summary>Sends the meters' values to the collector that the environment names (OTLP).</summary>
    private sealed class MetricsExport : IHostedService
    {
        private MeterProvider? provider;

        public Task StartAsync(CancellationToken ct)
        {
            provider = Sdk.CreateMeterProviderBuilder()
                .AddMeter(Metrics.MeterName, "PaymentGuard.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "Npgsql")
                .AddOtlpExporter().Build();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken ct)
        {
            provider?.Dispose();
            return Task.CompletedTask;
        }
    }
}
