using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.Domain.Sca;
using PaymentGuard.Platform;

namespace PaymentGuard.Sca;

/// <summary>The kinds of cases of strong customer authentication, see <see cref="CaseKinds{TRules}"/>.</summary>
internal static class ScaCases
{
    private static readonly CaseKinds<ScaLimits> Kinds = new(new Dictionary<string, Func<CaseFields, ScaLimits, JsonObject>>(StringComparer.Ordinal)
    {
        ["low-value"] = LowValue, ["low-value-series"] = LowValueSeries, ["tra"] = Tra, ["fraud-rate"] = FraudRateOf, ["tra-quarters"] = TraQuarters,
        ["lockout"] = Lockout, ["trusted-beneficiary"] = TrustedBeneficiary, ["recurring"] = Recurring, ["dynamic-linking"] = DynamicLinking,
    });

    /// <summary>How a payment of a fraud rate was made. All count alike (RTS 2018/389 art. 19(1)), those of another sort are in no rate and in no case.</summary>
    private enum Authentication { Sca, ExemptTrustedBeneficiary, ExemptRecurring, ExemptOwnAccount, ExemptLowValue, ExemptCorporate, ExemptTra }

    private enum Channel { Remote, Till }

    private enum ScaResult { Passed, Failed }

    /// <inheritdoc cref="CaseKinds{TRules}.Evaluate"/>
    public static JsonObject Evaluate(JsonElement test, ScaLimits limits) => Kinds.Evaluate(test, limits);

    private static JsonObject LowValue(CaseFields test, ScaLimits all)
    {
        var input = test.Object("input", "region", "currency", "counter", "amountMinor", "previous");
        var limits = LowValueLimitsOf(input, all);
        var previous = default(LowValueTotals);
        foreach (var payment in input.Objects("previous", "amountMinor", "remote", "executed"))
        {
            var (amountMinor, isRemote, isExecuted) = (payment.AmountMinor("amountMinor"), payment.Flag("remote"), payment.Flag("executed"));
            if (isRemote && isExecuted) previous = previous.With(amountMinor);
        }
        var outcome = limits.Judge(input.AmountMinor("amountMinor"), previous, input.Word<LowValueCounter>("counter"));
        return new JsonObject
        {
            ["exempt"] = outcome == LowValueOutcome.Exempt,
            ["limitedBy"] = LimitOf(outcome),
            ["previousCount"] = previous.Count,
            ["previousSumMinor"] = previous.SumMinor,
        };
    }

    private static JsonObject LowValueSeries(CaseFields test, ScaLimits all)
    {
        var input = test.Object("input", "region", "currency", "counter", "payments");
        var (limits, counter) = (LowValueLimitsOf(input, all), input.Word<LowValueCounter>("counter"));
        var (totals, decisions) = (default(LowValueTotals), new JsonArray());
        foreach (var payment in input.Objects("payments", "amountMinor", "scaIfAsked"))
        {
            var (amountMinor, sca) = (payment.AmountMinor("amountMinor"), payment.Word<ScaResult>("scaIfAsked"));
            var outcome = limits.Judge(amountMinor, totals, counter);
            totals = totals.After(outcome, amountMinor, isAuthenticated: sca == ScaResult.Passed);
            decisions.Add(outcome == LowValueOutcome.Exempt ? "exempt" : "sca");
        }
        return new JsonObject { ["decisions"] = decisions, ["countAfter"] = totals.Count, ["sumAfterMinor"] = totals.SumMinor };
    }

    private static LowValueLimits LowValueLimitsOf(CaseFields input, ScaLimits all)
    {
        var (region, currency) = (input.Text("region"), input.Currency("currency"));
        return all.LowValueOf(region, currency) ?? throw input.Wrong("region", $"and currency: {ScaFile.Name} has no limits of low value for them");
    }

    private static string? LimitOf(LowValueOutcome outcome) => outcome switch
    {
        LowValueOutcome.Exempt => null,
        LowValueOutcome.AmountAboveLimit => "amount",
        LowValueOutcome.CumulativeAmountAboveLimit => "cumulative-amount",
        LowValueOutcome.CountAboveLimit => "count",
        LowValueOutcome.Undecided => throw new InvalidOperationException("A payment was not judged."),
    };

    private static JsonObject Tra(CaseFields test, ScaLimits all)
    {
        var input = test.Object("input", "instrument", "currency", "amountMinor", "fraudValueMinor", "totalValueMinor", "findings");
        var (bands, rate) = (BandsOf(input, all), RateIn(input));
        var outcome = bands.Judge(input.AmountMinor("amountMinor"), rate, input.WordList<RiskFinding>("findings"));
        return new JsonObject
        {
            ["exempt"] = outcome == TraOutcome.Exempt,
            ["limitedBy"] = LimitOf(outcome),
            ["highestThresholdMinor"] = bands.HighestThresholdMinor(rate),
        };
    }

    private static string? LimitOf(TraOutcome outcome) => outcome switch
    {
        TraOutcome.Exempt => null,
        TraOutcome.NoFraudRate => "no-fraud-rate",
        TraOutcome.FraudRateAboveAllBands => "fraud-rate",
        TraOutcome.AmountAboveThreshold => "amount",
        TraOutcome.RiskFound => "risk-finding",
        TraOutcome.Undecided => throw new InvalidOperationException("A payment was not judged."),
    };

    private static JsonObject FraudRateOf(CaseFields test, ScaLimits all)
    {
        var input = test.Object("input", "quarter", "zone", "instrument", "currency", "items");
        var (bands, quarter, zone) = (BandsOf(input, all), QuarterIn(input), input.Zone("zone"));
        var rate = FraudRate.Of(input.Objects("items", "at", "valueMinor", "instrument", "channel", "authentication", "unauthorisedOrFraudulent", "recovered").Select(Payment),
            bands.Instrument, quarter, zone);
        return new JsonObject
        {
            ["fraudValueMinor"] = rate.FraudMinor,
            ["totalValueMinor"] = rate.TotalMinor,
            ["ratePercent"] = rate.Percent(),
            ["highestThresholdMinor"] = bands.HighestThresholdMinor(rate),
        };
    }

    private static MonitoredPayment Payment(CaseFields item)
    {
        item.Word<Authentication>("authentication");
        item.Flag("recovered");
        return new MonitoredPayment(item.Instant("at"), item.AmountMinor("valueMinor"), item.Word<PaymentInstrument>("instrument"),
            item.Word<Channel>("channel") == Channel.Remote, item.Flag("unauthorisedOrFraudulent"));
    }

    private static JsonObject TraQuarters(CaseFields test, ScaLimits all)
    {
        var input = test.Object("input", "instrument", "currency", "history");
        var bands = BandsOf(input, all);
        var quarters = input.Objects("history", "quarter", "fraudValueMinor", "totalValueMinor").Select(one => new QuarterRate(QuarterIn(one), RateIn(one))).ToList();
        if (quarters.DistinctBy(one => one.Quarter).Count() < quarters.Count) throw input.Wrong("history", "has a quarter twice");
        var uses = new JsonObject();
        foreach (var band in bands.Bands) uses[band.ThresholdMinor.ToString(CultureInfo.InvariantCulture)] = WordOf(TraHistory.UseAfter(quarters, band.Reference));
        return new JsonObject { ["byThresholdMinor"] = uses };
    }

    private static string WordOf(TraUse use) => use switch
    {
        TraUse.NotStarted => "not-started",
        TraUse.InUse => "in-use",
        TraUse.Ceased => "ceased",
        TraUse.Undecided => throw new InvalidOperationException("A band was not judged."),
    };

    private static TraBands BandsOf(CaseFields input, ScaLimits all)
    {
        var (instrument, currency) = (input.Word<PaymentInstrument>("instrument"), input.Currency("currency"));
        return all.TraOf(instrument, currency) ?? throw input.Wrong("instrument", $"and currency: {ScaFile.Name} has no bands for them");
    }

    private static FraudRate RateIn(CaseFields fields) => new(fields.AmountMinor("fraudValueMinor"), fields.AmountMinor("totalValueMinor"));

    private static Quarter QuarterIn(CaseFields fields) =>
        Quarter.TryParse(fields.Text("quarter"), out var quarter) ? quarter : throw fields.Wrong("quarter", "has to be a quarter, such as 2026-Q1");

    private static JsonObject Lockout(CaseFields test, ScaLimits all)
    {
        var input = test.Object("input", "maxConsecutiveFailures", "attempts");
        var (lockout, results) = (new AttemptLockout(input.Count("maxConsecutiveFailures")), new JsonArray());
        int? lockedAfter = null;
        foreach (var attempt in input.Objects("attempts", "factor", "challengeId", "code"))
        {
            // Neither says anything to the count, but has to be there.
            attempt.Text("factor");
            attempt.Text("challengeId");
            (var result, lockout) = lockout.Judge(attempt.Word<AttemptedCode>("code"));
            results.Add(WordOf(result));
            if (lockout.IsLocked) lockedAfter ??= results.Count;
        }
        return new JsonObject { ["results"] = results, ["lockedAfterAttempt"] = lockedAfter };
    }

    private static string WordOf(AttemptResult result) => result switch
    {
        AttemptResult.Accepted => "accepted",
        AttemptResult.Refused => "refused",
        AttemptResult.Locked => "locked",
        AttemptResult.Undecided => throw new InvalidOperationException("An attempt was not judged."),
    };

    private static JsonObject TrustedBeneficiary(CaseFields test, ScaLimits all)
    {
        var input = test.Object("input", "action", "payeeOnList", "listKeptWith", "listMadeWithSca");
        var list = new BeneficiaryList(input.Word<ListKeeper>("listKeptWith"), input.Flag("listMadeWithSca"));
        return Exemption("trusted-beneficiary", list.Judge(input.Word<ListAction>("action"), input.Flag("payeeOnList")) == BeneficiaryOutcome.Exempt);
    }

    private static JsonObject Recurring(CaseFields test, ScaLimits all)
    {
        var input = test.Object("input", "series", "payment");
        var series = input.Object("series", "amountMinor", "currency", "payeeId", "startedWithSca");
        var payment = input.Object("payment", "action", "firstOfSeries", "amountMinor", "currency", "payeeId");
        var outcome = new RecurringSeries(TermsIn(series), series.Flag("startedWithSca"))
            .Judge(payment.Word<SeriesAction>("action"), payment.Flag("firstOfSeries"), TermsIn(payment));
        return Exemption("recurring", outcome == RecurringOutcome.Exempt);
    }

    private static JsonObject Exemption(string name, bool isExempt) => new() { ["scaRequired"] = !isExempt, ["exemption"] = isExempt ? name : null };

    private static JsonObject DynamicLinking(CaseFields test, ScaLimits all)
    {
        var input = test.Object("input", "authenticated", "executed");
        var (authenticated, executed) = (TermsIn(input.Object("authenticated", "amountMinor", "currency", "payeeId")), TermsIn(input.Object("executed", "amountMinor", "currency", "payeeId")));
        var changed = new JsonArray([.. authenticated.ChangedIn(executed).Select(term => (JsonNode)FieldOf(term))]);
        return new JsonObject { ["codeAccepted"] = changed.Count == 0, ["changed"] = changed };
    }

    private static PaymentTerms TermsIn(CaseFields fields) => new(fields.AmountMinor("amountMinor"), fields.Currency("currency"), fields.Text("payeeId"));

    private static string FieldOf(PaymentTerm term) => term switch
    {
        PaymentTerm.Amount => "amountMinor",
        PaymentTerm.Currency => "currency",
        PaymentTerm.Payee => "payeeId",
    };
}
