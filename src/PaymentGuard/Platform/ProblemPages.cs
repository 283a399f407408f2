using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PaymentGuard.Platform;

/// <summary>Gives the refusals that the framework makes (no such route, wrong method, no token, a failure of ours) their problem details.</summary>
internal static partial class ProblemPages
{
    public static void UseProblemPages(this IApplicationBuilder app)
    {
        app.Use(async (context, next) =>
        {
            try { await next(context); }
            catch (BadHttpRequestException refused) when (!context.Response.HasStarted)
            {
                await Problems.Write(context, Problems.OfStatus(refused.StatusCode));
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested) { }
            catch (PostgresAwayException away) when (!context.Response.HasStarted)
            {
                Away(app.ApplicationServices.GetLogger(), context.GetEndpoint()?.DisplayName, away.InnerException!.GetType().Name);
                await Problems.Write(context, Problems.Unavailable);
            }
            catch (Exception failure) when (!context.Response.HasStarted)
            {
                Failed(app.ApplicationServices.GetLogger(), context.Request.Method, context.GetEndpoint()?.DisplayName, failure);
                await Problems.Write(context, Problems.Internal);
            }
        });
        app.UseStatusCodePages(page => Problems.Write(page.HttpContext, Problems.OfStatus(page.HttpContext.Response.StatusCode)));
    }

    private static ILogger GetLogger(this IServiceProvider services) =>
        ((ILoggerFactory)services.GetService(typeof(ILoggerFactory))!).CreateLogger(typeof(ProblemPages).FullName!);

    [LoggerMessage(LogLevel.Warning, "{Endpoint} was not done, PostgreSQL did not answer: {Failure}")]
    private static partial void Away(ILogger logger, string? endpoint, string failure);

    [LoggerMessage(LogLevel.Error, "{Method} {Endpoint} failed")]
    private static partial void Failed(ILogger logger, string method, string? endpoint, Exception failure);
}
