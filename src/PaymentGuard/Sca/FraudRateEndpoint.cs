using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Sca;
using PaymentGuard.Platform;

namespace PaymentGuard.Sca;

/// <summary>The fraud rate of a quarter over HTTP.</summary>
internal static class FraudRateEndpoint
{
    private const int FirstYear = 1970;     // as of payments

    public static void MapFraudRateEndpoint(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/sca/fraud-rate", Get).RequireScope(Scopes.Read)
            .WithName("getFraudRate").WithSummary("The fraud rate of a quarter, by instrument and band").WithTags("Strong customer authentication")
            .Produces<FraudRateAnswer>()
            .ProducesProblems(400, 401, 403, 500, 503);

    /// <param name="quarter">Such as 2026-Q3; the current one unless given.</param>
    private static async Task Get(HttpContext context, string? quarter)
    {
        var services = context.RequestServices;
        var current = FraudRates.QuarterAt(services.GetRequiredService<TimeProvider>().GetUtcNow());
        if (!TryQuarter(quarter, current, out var asked)) { await Problems.Write(context, Problems.InvalidField, [Wrong(current)]); return; }
        try
        {
            var quarters = await services.GetRequiredService<FraudRateTable>().Read(FraudRates.Back(asked, FraudRates.QuartersBack), asked, context.RequestAborted);
            var answer = Answer(asked, isOver: asked != current, quarters, services.GetRequiredService<IRuleSetSource>().Current.Sca);
            await context.Response.WriteAsJsonAsync(answer, FraudRateJsonContext.Default.FraudRateAnswer, MediaTypeNames.Application.Json, context.RequestAborted);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException) { await Problems.Write(context, Problems.Unavailable); }
    }

    /// <summary>Every instrument that there are bands for, also one without payments.</summary>
    internal static FraudRateAnswer Answer(Quarter asked, bool isOver, IReadOnlyCollection<InstrumentQuarter> quarters, ScaLimits limits)
    {
        var instruments = Enum.GetValues<PaymentInstrument>().Select(instrument => Instrument(asked, isOver, [.. quarters.Where(one => one.Instrument == instrument)], instrument, limits));
        return new FraudRateAnswer(asked.ToString(), isOver, Currencies.Base, [.. instruments]);
    }

    private static FraudRateInstrument Instrument(
        Quarter asked, bool isOver, IReadOnlyList<InstrumentQuarter> quarters, PaymentInstrument instrument, ScaLimits limits)
    {
        var own = quarters.FirstOrDefault(one => one.Quarter == asked) ?? new InstrumentQuarter(instrument, asked, 0, 0, 0, default);
        var over = quarters.Where(one => isOver || one.Quarter != asked).Select(one => new QuarterRate(one.Quarter, one.Rate)).ToList();
        var bands = from tra in limits.Tra
                    where tra.Instrument == instrument
                    from band in tra.Bands
                    select new FraudRateBand(
                        new Money(band.ThresholdMinor, tra.Currency), band.Reference.Percent(), StandingOf(own.Rate, band.Reference),
                        ScaWords.Of(TraHistory.UseAfter(over, band.Reference)));
        return new FraudRateInstrument(
            ScaWords.Of(instrument), own.Payments, own.Rate.TotalMinor, own.Frauds, own.Rate.FraudMinor, own.WithoutRate, own.Rate.Percent(), [.. bands]);
    }

    private static string? StandingOf(FraudRate rate, ReferenceRate reference) => !rate.IsKnown ? null : rate.IsAbove(reference) ? "above" : "within";

    private static bool TryQuarter(string? text, Quarter current, out Quarter quarter)
    {
        quarter = current;
        return text is null || Quarter.TryParse(text, out quarter) && quarter.Year >= FirstYear && quarter.CompareTo(current) <= 0;
    }

    private static FieldError Wrong(Quarter current) => new("/quarter", $"must be a quarter such as 2026-Q3, from {FirstYear}-Q1 to {current}");
}
