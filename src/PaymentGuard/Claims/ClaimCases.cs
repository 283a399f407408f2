using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.Domain.Claims;
using PaymentGuard.Platform;

namespace PaymentGuard.Claims;

/// <summary>
/// The kinds of cases of claims, see <see cref="CaseKinds{TRules}"/>. Where a business day is needed that the calendar does not cover, what depends
/// on it is null and <c>refused</c> says so.
/// </summary>
internal static class ClaimCases
{
    private const int HoursMax = 1_000_000, BusinessDaysMax = 100_000;

    private static readonly CaseKinds<ClaimRules> Kinds = new(new Dictionary<string, Func<CaseFields, ClaimRules, JsonObject>>(StringComparer.Ordinal)
    {
        ["reg-e-liability"] = Of(RegELiability, "zone", "calendar", "saturdayIsBusinessDay", "currency", "accessDevice", "disclosuresGiven", "pinKeptWithCard", "learnedAt",
            "noticeAt", "statementSentAt", "transfers"),
        ["reg-e-clock"] = Of(RegEClock, "zone", "calendar", "saturdayIsBusinessDay", "currency", "noticeAt", "noticeForm", "writtenConfirmationDemanded",
            "writtenConfirmationAt", "firstDepositAt", "transferAt", "transferKind", "allegedErrorMinor", "provisionallyCreditedAt", "errorDeterminedAt",
            "investigationCompletedAt"),
        ["psd2-refund"] = Of(Psd2Refund, "jurisdiction", "zone", "calendar", "currency", "payments", "notifiedAt", "scaApplied", "instrumentLostOrStolen",
            "detectableBeforePayment", "causedByProvider", "grossNegligence", "payerFraudSuspected", "authorityReportedAt", "authorityReference", "policyRefundFirst"),
        ["complaint-clock"] = Of(ComplaintClock, "zone", "calendar", "paymentServicesComplaint", "exceptional", "receivedAt"),
        ["uk-app"] = Of(UkApp, "zone", "calendar", "currency", "amountMinor", "lastPaymentAt", "reportedAt", "vulnerable", "excessAppliedMinor", "samePsp", "exclusion",
            "infoRequestedAt", "infoReceivedAt", "repatriatedMinor"),
        ["cn-liability"] = Of(CnLiability, "zone", "currency", "amountMinor", "providerProvesUserFault", "noticeAt", "measuresTakenAt", "lossAfterNoticeMinor"),
        ["timer"] = Of(Timer, "zone", "calendar", "startedAt", "duration", "pauses", "hardCapAt"),
        ["claim-sla"] = Of(ClaimSla, "zone", "calendar", "filedAt", "approvedAt", "lawRule"),
        ["rbi"] = Of(Rbi, "zone", "calendar", "currency", "accountClass", "cause", "workingDaysToReport", "amountMinor", "lossAfterReportMinor", "reportedAt"),
        ["visa-zero-liability"] = Of(VisaZeroLiability, "zone", "calendar", "currency", "amountMinor", "notifiedAt", "exception"),
        ["visa-dispute-window"] = Of(VisaDisputeWindow, "processedOn"),
        ["visa-liability-shift"] = Of(VisaLiabilityShift, "currency", "amountMinor", "eci", "threeDsAuthenticated"),
        ["visa-ce3"] = Of(VisaEvidence, "disputedOn", "priorPayments"),
        ["remedy-cap"] = Of(RemedyCapOf, "currency", "paidMinor", "history", "event"),
        ["approval-race"] = Command, ["idempotency"] = Command, ["four-eyes"] = Command,
    });

    private enum NoticeForm { Written, Oral }

    private enum GrossNegligence { None, Alleged }

    private enum RemedyEvent { CompensationRequest, ChargebackWon, MerchantRefund }

    /// <inheritdoc cref="CaseKinds{TRules}.Evaluate"/>
    public static JsonObject Evaluate(JsonElement test, ClaimRules rules) => Kinds.Evaluate(test, rules);

    private static Func<CaseFields, ClaimRules, JsonObject> Of(Func<CaseFields, ClaimRules, BusinessDays, JsonObject> evaluate, params string[] known) => (test, rules) =>
    {
        var input = test.Object("input", known);
        var days = known.Contains("calendar") ? CalendarIn(input, rules, known.Contains("saturdayIsBusinessDay") && input.Flag("saturdayIsBusinessDay"))
            : new BusinessDays(() => throw new InvalidOperationException("The kind has no calendar."));
        try
        {
            var answer = evaluate(input, rules, days);
            if (!days.IsCovered) answer["refused"] = "calendar_not_covered";
            return answer;
        }
        catch (NoLimitException e)
        {
            throw input.Wrong("currency", $"is {e.Currency}: the rule has no amount in it");
        }
    };

    /// <summary>Says nothing about a calendar that is not needed, but for its form.</summary>
    private static BusinessDays CalendarIn(CaseFields input, ClaimRules rules, bool withSaturdays)
    {
        if (input.IsNull("calendar")) return new BusinessDays(() => throw input.Wrong("calendar", "has to be given, a business day is needed"));
        var own = input.IsObject("calendar") ? OwnCalendar(input.Object("calendar", "id", "from", "to", "weekend", "closed")) : null;
        var id = own?.Id ?? input.Text("calendar");
        return new BusinessDays(() => (own ?? rules.Calendars.GetValueOrDefault(id)) is not { } calendar
            ? throw NoneOf(input, "calendar", rules.Calendars.Keys)
            : withSaturdays ? calendar.WithSaturdays() : calendar);
    }

    private static InvalidDataException NoneOf(CaseFields input, string name, IEnumerable<string> known) =>
        input.Wrong(name, $"has to be one of: {string.Join(", ", known.Order(StringComparer.Ordinal))}");

    private static BusinessCalendar OwnCalendar(CaseFields fields)
    {
        var (from, to) = (fields.Date("from"), fields.Date("to"));
        if (to < from) throw fields.Wrong("to", "is before from");
        return new BusinessCalendar(fields.Text("id"), "", from, to, fields.DaysOfWeek("weekend"), fields.Dates("closed"), []);
    }

    private static JsonObject RegELiability(CaseFields input, ClaimRules rules, BusinessDays days)
    {
        input.Flag("pinKeptWithCard");      // has to be there, and changes nothing
        var loss = new RegELoss(input.Currency("currency"), input.Flag("accessDevice"), input.Flag("disclosuresGiven"), input.InstantOrNull("learnedAt"),
            input.Instant("noticeAt"), input.InstantOrNull("statementSentAt"),
            [.. input.Objects("transfers", "at", "amountMinor", "preventable").Select(Transfer)]);
        var outcome = rules.Policies.RegE.LiabilityFor(loss, input.Zone("zone"), days);
        return new JsonObject
        {
            ["eligible"] = outcome.Tiers is null ? null : true,
            ["buyerLiabilityMinor"] = outcome.Tiers?.SumMinor,
            ["compensationMinor"] = outcome.CompensationMinor,
            ["tiersMinor"] = outcome.Tiers is { } tiers ? new JsonArray(tiers.FirstMinor, tiers.SecondMinor, tiers.ThirdMinor) : null,
            ["twoDayWindowEndsOn"] = Text(outcome.NoticeEndsOn),
            ["sixtyDayWindowEndsOn"] = Text(outcome.StatementEndsOn),
            ["errorResolutionApplies"] = outcome.ErrorResolutionApplies,
        };
    }

    private static RegETransfer Transfer(CaseFields fields) => new(fields.Instant("at"), fields.AmountMinor("amountMinor"), fields.Flag("preventable"));

    private static JsonObject RegEClock(CaseFields input, ClaimRules rules, BusinessDays days)
    {
        input.Currency("currency");
        var alleged = input.AmountMinor("allegedErrorMinor");
        var due = rules.Policies.RegE.Clock.DueDays(new RegEError(input.Instant("noticeAt"), input.Word<NoticeForm>("noticeForm") == NoticeForm.Oral,
            input.Flag("writtenConfirmationDemanded"), input.InstantOrNull("writtenConfirmationAt"), input.InstantOrNull("firstDepositAt"), input.Instant("transferAt"),
            input.Slug("transferKind"), input.InstantOrNull("provisionallyCreditedAt"), input.InstantOrNull("errorDeterminedAt"), input.InstantOrNull("investigationCompletedAt")),
            input.Zone("zone"), days);
        return new JsonObject
        {
            ["dueOn"] = Text(due.DueOn),
            ["finalDueOn"] = Text(due.FinalDueOn),
            ["provisionalCreditRequired"] = due.CreditOwed,
            ["provisionalCreditMinor"] = due.CreditOwed is { } isOwed ? isOwed ? alleged : 0 : null,
            ["creditNoticeDueOn"] = Text(due.CreditNoticeDueOn),
            ["correctionDueOn"] = Text(due.CorrectionDueOn),
            ["reportDueOn"] = Text(due.ReportDueOn),
        };
    }

    private static JsonObject Psd2Refund(CaseFields input, ClaimRules rules, BusinessDays days)
    {
        var (policy, jurisdiction) = (rules.Policies.Psd2, input.Text("jurisdiction"));
        if (!policy.PayerMax.ContainsKey(jurisdiction)) throw NoneOf(input, "jurisdiction", policy.PayerMax.Keys);
        var outcome = policy.Judge(new Psd2Claim(jurisdiction, input.Currency("currency"),
            [.. input.Objects("payments", "debitedAt", "amountMinor").Select(one => new Psd2Payment(one.Instant("debitedAt"), one.AmountMinor("amountMinor")))],
            input.Instant("notifiedAt"), input.Flag("scaApplied"), input.Flag("instrumentLostOrStolen"), input.Flag("detectableBeforePayment"), input.Flag("causedByProvider"),
            input.Word<GrossNegligence>("grossNegligence") == GrossNegligence.Alleged, input.Flag("payerFraudSuspected"), input.InstantOrNull("authorityReportedAt"),
            input.ReferenceOrNull("authorityReference"), input.Flag("policyRefundFirst")), input.Zone("zone"), days);
        return new JsonObject
        {
            ["eligible"] = outcome.Eligible,
            ["code"] = outcome.Code,
            ["buyerLiabilityMinor"] = outcome.BuyerLiabilityMinor,
            ["compensationMinor"] = outcome.CompensationMinor,
            ["dueOn"] = Text(outcome.DueOn),
            ["hold"] = outcome.Hold?.ToString().ToLowerInvariant(),
            ["recourseMinor"] = outcome.RecourseMinor,
        };
    }

    private static JsonObject ComplaintClock(CaseFields input, ClaimRules rules, BusinessDays days)
    {
        var (dueOn, holdingReplyDueOn) = rules.Policies.Complaints.DueDays(ClaimClock.DayOf(input.Instant("receivedAt"), input.Zone("zone")),
            input.Flag("paymentServicesComplaint"), input.Flag("exceptional"), days);
        return new JsonObject { ["dueOn"] = Text(dueOn), ["holdingReplyDueOn"] = Text(holdingReplyDueOn) };
    }

    private static JsonObject UkApp(CaseFields input, ClaimRules rules, BusinessDays days)
    {
        var (amount, repatriated) = (input.AmountMinor("amountMinor"), input.AmountMinor("repatriatedMinor"));
        if (repatriated > amount) throw input.Wrong("repatriatedMinor", "is more than was paid");
        var outcome = rules.Policies.UkApp.Judge(new UkAppClaim(input.Currency("currency"), amount, input.Instant("lastPaymentAt"), input.Instant("reportedAt"),
            input.Flag("vulnerable"), input.AmountMinor("excessAppliedMinor"), input.Flag("samePsp"), input.SlugOrNull("exclusion"), InfoRequested(input), repatriated),
            input.Zone("zone"), days);
        return new JsonObject
        {
            ["eligible"] = outcome.Code is null,
            ["code"] = outcome.Code,
            ["compensationMinor"] = outcome.CompensationMinor,
            ["sendingShareMinor"] = outcome.SendingMinor,
            ["receivingShareMinor"] = outcome.ReceivingMinor,
            ["dueOn"] = Text(outcome.DueOn),
            ["hardStopOn"] = Text(outcome.StopOn),
            ["repatriatedToReceivingMinor"] = outcome.Repatriation?.ToReceivingMinor,
            ["repatriatedToSendingMinor"] = outcome.Repatriation?.ToSendingMinor,
            ["furtherToBuyerMinor"] = outcome.Repatriation?.ToBuyerMinor,
        };
    }

    private static ClockPause? InfoRequested(CaseFields input)
    {
        var (requestedAt, receivedAt) = (input.InstantOrNull("infoRequestedAt"), input.InstantOrNull("infoReceivedAt"));
        if (receivedAt is not null && requestedAt is null) throw input.Wrong("infoReceivedAt", "answers nothing that was asked");
        if (receivedAt < requestedAt) throw input.Wrong("infoReceivedAt", "is before infoRequestedAt");
        return requestedAt is { } from ? new ClockPause(from, receivedAt, "info") : null;
    }

    private static JsonObject CnLiability(CaseFields input, ClaimRules rules, BusinessDays days)
    {
        input.Currency("currency");
        input.Zone("zone");
        var (noticeAt, measuresAt) = (input.InstantOrNull("noticeAt"), input.InstantOrNull("measuresTakenAt"));
        var later = input.AmountMinor("lossAfterNoticeMinor");
        if (measuresAt < noticeAt && later > 0) throw input.Wrong("measuresTakenAt", "is before noticeAt, so that nothing can be lost between them");
        var liability = ChinaLiability.Of(input.AmountMinor("amountMinor"), input.Flag("providerProvesUserFault"), later);
        return new JsonObject { ["eligible"] = liability.ProviderMinor > 0, ["buyerLiabilityMinor"] = liability.BuyerMinor, ["compensationMinor"] = liability.ProviderMinor };
    }

    private static JsonObject Timer(CaseFields input, ClaimRules rules, BusinessDays days)
    {
        var (zone, startedAt, stopAt, duration) = (input.Zone("zone"), input.Instant("startedAt"), input.InstantOrNull("hardCapAt"), input.Object("duration", "value", "unit"));
        var pauses = input.Objects("pauses", "from", "to", "outboundRequestId").Select(Pause).ToList();
        var refused = pauses.Any(pause => pause.RequestId is null) ? "pause_without_request" : null;
        if (duration.Text("unit") == "hours")
        {
            var dueAt = ClaimClock.DueAfterHours(startedAt, duration.Number("value", 1, HoursMax), pauses, stopAt);
            return new JsonObject { ["dueAt"] = Text(dueAt, zone), ["dueOn"] = null, ["refused"] = refused };
        }
        if (duration.Text("unit") != "businessDays") throw duration.Wrong("unit", "has to be one of: hours, businessDays");
        DateOnly? stopOn = stopAt is { } stop ? ClaimClock.DayOf(stop, zone) : null;
        var dueOn = ClaimClock.DueAfterBusinessDays(ClaimClock.DayOf(startedAt, zone), duration.Number("value", 1, BusinessDaysMax), pauses, stopOn, zone, days);
        return new JsonObject { ["dueAt"] = null, ["dueOn"] = Text(dueOn), ["refused"] = refused };
    }

    private static ClockPause Pause(CaseFields fields)
    {
        var (from, to) = (fields.Instant("from"), fields.InstantOrNull("to"));
        return to < from ? throw fields.Wrong("to", "is before from") : new ClockPause(from, to, fields.ReferenceOrNull("outboundRequestId"));
    }

    private static JsonObject ClaimSla(CaseFields input, ClaimRules rules, BusinessDays days)
    {
        var (clocks, law, zone) = (rules.Policies.RefundClocks, input.TextOrNull("lawRule"), input.Zone("zone"));
        if (law is not null && !clocks.ContainsKey(law)) throw NoneOf(input, "lawRule", clocks.Keys);
        var due = rules.Policies.Promise.DueTimes(input.Instant("filedAt"), input.InstantOrNull("approvedAt"), law is null ? null : clocks[law], zone, days);
        return new JsonObject
        {
            ["firstResponseDueAt"] = Text(due.FirstResponseDueAt, zone),
            ["feedbackDueAt"] = Text(due.FeedbackDueAt, zone),
            ["refundDueOn"] = Text(due.RefundDueOn),
            ["policyDueOn"] = Text(due.PolicyDueOn),
            ["lawDueOn"] = Text(due.LawDueOn),
            ["governs"] = due.Governs?.ToString().ToLowerInvariant(),
        };
    }

    private static JsonObject Rbi(CaseFields input, ClaimRules rules, BusinessDays days)
    {
        var (policy, zone, account, reportedAt) = (rules.Policies.Rbi, input.Zone("zone"), input.Text("accountClass"), input.InstantOrNull("reportedAt"));
        if (!policy.Limits.ContainsKey(account)) throw NoneOf(input, "accountClass", policy.Limits.Keys);
        var (amount, later) = (input.AmountMinor("amountMinor"), input.AmountMinor("lossAfterReportMinor"));
        var borne = policy.CustomerMinor(input.Word<RbiCause>("cause"), account, input.Currency("currency"), input.Number("workingDaysToReport", 0, int.MaxValue), amount);
        long? owed = borne is { } minor ? checked(amount - minor + later) : null;
        return new JsonObject
        {
            ["eligible"] = owed is null ? null : owed > 0,
            ["boardPolicy"] = borne is null,
            ["buyerLiabilityMinor"] = borne,
            ["compensationMinor"] = owed,
            ["dueOn"] = owed > 0 && reportedAt is { } at ? Text(days.After(ClaimClock.DayOf(at, zone), policy.CreditWorkingDays)) : null,
        };
    }

    private static JsonObject VisaZeroLiability(CaseFields input, ClaimRules rules, BusinessDays days)
    {
        input.Currency("currency");
        var (amount, notifiedOn, exception) = (input.AmountMinor("amountMinor"), ClaimClock.DayOf(input.Instant("notifiedAt"), input.Zone("zone")), input.SlugOrNull("exception"));
        return new JsonObject
        {
            ["eligible"] = exception is null,
            ["code"] = exception?.Replace('-', '_'),
            ["buyerLiabilityMinor"] = exception is null ? 0 : null,
            ["compensationMinor"] = exception is null ? amount : null,
            ["dueOn"] = exception is null ? Text(days.After(notifiedOn, rules.Policies.Visa.RefundBusinessDays)) : null,
        };
    }

    private static JsonObject VisaDisputeWindow(CaseFields input, ClaimRules rules, BusinessDays days) =>
        new() { ["recoverableUntil"] = Text(input.Date("processedOn").AddDays(rules.Policies.Visa.DisputeDays)) };

    private static JsonObject VisaLiabilityShift(CaseFields input, ClaimRules rules, BusinessDays days)
    {
        input.Currency("currency");
        var isIssuers = rules.Policies.Visa.IsBorneByIssuer(input.Text("eci"), input.Flag("threeDsAuthenticated"));
        return new JsonObject
        {
            ["eligible"] = true,
            ["compensationMinor"] = input.AmountMinor("amountMinor"),
            ["recoveryFromMerchant"] = !isIssuers,
            ["bearer"] = isIssuers ? "issuer" : "merchant",
        };
    }

    private static JsonObject VisaEvidence(CaseFields input, ClaimRules rules, BusinessDays days)
    {
        var payments = input.Objects("priorPayments", "settledOn", "disputed", "sameCredential", "matches")
            .Select(one => new PriorPayment(one.Date("settledOn"), one.Flag("disputed"), one.Flag("sameCredential"), one.WordList<EvidenceMatch>("matches"))).ToList();
        var qualifies = rules.Policies.Visa.Evidence.Qualifies(input.Date("disputedOn"), payments);
        return new JsonObject { ["ce3Qualifies"] = qualifies, ["route"] = qualifies ? "friendly-fraud-review" : "normal", ["chargebackDefendable"] = qualifies };
    }

    private static JsonObject RemedyCapOf(CaseFields input, ClaimRules rules, BusinessDays days)
    {
        input.Currency("currency");
        var cap = new RemedyCap(input.AmountMinor("paidMinor"), 0);
        foreach (var one in input.Objects("history", "kind", "amountMinor"))
        {
            one.Word<RemedyKind>("kind");
            cap = cap.With(one.AmountMinor("amountMinor"));
        }
        var next = input.Object("event", "kind", "amountMinor");
        var (kind, amount) = (next.Word<RemedyEvent>("kind"), next.AmountMinor("amountMinor"));
        // A return is a fact: it is recorded whatever was paid before.
        if (kind != RemedyEvent.CompensationRequest)
            return cap.With(amount).BeyondMinor is var beyond and > 0 ? Remedy("recorded", 0, beyond, "duplicate_recovery") : Remedy("recorded", 0, 0, null);
        return cap.LeftMinor == 0 ? Remedy("refused", 0, null, "payment_fully_returned") : Remedy("paid", Math.Min(amount, cap.LeftMinor), null, null);
    }

    private static JsonObject Remedy(string outcome, long compensationMinor, long? duplicateRecoveryMinor, string? code) => new()
    {
        ["outcome"] = outcome, ["compensationMinor"] = compensationMinor, ["duplicateRecoveryMinor"] = duplicateRecoveryMinor, ["code"] = code,
    };

    /// <summary>What only several calls against the system can show.</summary>
    private static JsonObject Command(CaseFields test, ClaimRules rules) => new() { ["skipped"] = "command" };

    private static string? Text(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>With the offset that the zone has then, without fractions.</summary>
    private static string? Text(DateTimeOffset? at, TimeZoneInfo zone) =>
        at is { } time ? TimeZoneInfo.ConvertTime(time, zone).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture) : null;
}
