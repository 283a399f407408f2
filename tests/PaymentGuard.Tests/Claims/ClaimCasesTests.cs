using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.Claims;
using PaymentGuard.Cli;

namespace PaymentGuard.Tests.Claims;

public sealed class ClaimCasesTests
{
    /// <summary>One case of each kind that can be read; tests change single fields of it.</summary>
    private static readonly Dictionary<string, string> Inputs = new()
    {
        ["reg-e-liability"] = """
            {"zone":"America/New_York","calendar":"us-federal","saturdayIsBusinessDay":false,"currency":"USD","accessDevice":true,"disclosuresGiven":true,"pinKeptWithCard":true,
            "learnedAt":"2026-03-02T09:00:00-05:00","noticeAt":"2026-03-06T09:00:00-05:00","statementSentAt":null,
            "transfers":[{"at":"2026-03-03T10:00:00-05:00","amountMinor":10000,"preventable":true},{"at":"2026-03-05T10:00:00-05:00","amountMinor":60000,"preventable":true}]}
            """,
        ["reg-e-clock"] = """
            {"zone":"America/New_York","calendar":"us-federal","saturdayIsBusinessDay":false,"currency":"USD","noticeAt":"2026-03-02T10:00:00-05:00","noticeForm":"oral",
            "writtenConfirmationDemanded":true,"writtenConfirmationAt":"2026-03-16T23:59:59-04:00","firstDepositAt":"2019-05-06T10:00:00-04:00",
            "transferAt":"2026-02-20T10:00:00-05:00","transferKind":"ach","allegedErrorMinor":42000,"provisionallyCreditedAt":null,"errorDeterminedAt":null,"investigationCompletedAt":null}
            """,
        ["psd2-refund"] = """
            {"jurisdiction":"EU","zone":"Europe/Berlin","calendar":"eu-target","currency":"EUR","payments":[{"debitedAt":"2026-03-04T19:20:00+01:00","amountMinor":50000}],
            "notifiedAt":"2026-03-05T15:00:00+01:00","scaApplied":true,"instrumentLostOrStolen":false,"detectableBeforePayment":false,"causedByProvider":false,
            "grossNegligence":"none","payerFraudSuspected":false,"authorityReportedAt":null,"authorityReference":null,"policyRefundFirst":true}
            """,
        ["complaint-clock"] = """{"zone":"Europe/London","calendar":"gb-eng","paymentServicesComplaint":true,"exceptional":false,"receivedAt":"2026-03-02T10:00:00+00:00"}""",
        ["uk-app"] = """
            {"zone":"Europe/London","calendar":"gb-eng","currency":"GBP","amountMinor":200000,"lastPaymentAt":"2026-02-27T12:00:00+00:00","reportedAt":"2026-03-02T10:00:00+00:00",
            "vulnerable":false,"excessAppliedMinor":10000,"samePsp":false,"exclusion":null,"infoRequestedAt":null,"infoReceivedAt":null,"repatriatedMinor":0}
            """,
        ["cn-liability"] = """
            {"zone":"Asia/Shanghai","currency":"CNY","amountMinor":300000,"providerProvesUserFault":true,"noticeAt":"2026-03-10T12:00:00+08:00",
            "measuresTakenAt":"2026-03-10T12:30:00+08:00","lossAfterNoticeMinor":0}
            """,
        ["timer"] = """{"zone":"UTC","calendar":"eu-target","startedAt":"2026-06-01T09:00:00+00:00","duration":{"value":48,"unit":"hours"},"pauses":[],"hardCapAt":null}""",
        ["claim-sla"] = """{"zone":"Europe/Berlin","calendar":"eu-target","filedAt":"2026-03-05T15:00:00+01:00","approvedAt":"2026-03-06T10:00:00+01:00","lawRule":"EU.PSD2.73.1"}""",
        ["rbi"] = """
            {"zone":"Asia/Kolkata","calendar":null,"currency":"INR","accountClass":"savings","cause":"third-party-breach","workingDaysToReport":4,"amountMinor":1000001,
            "lossAfterReportMinor":0,"reportedAt":null}
            """,
        ["visa-zero-liability"] = """
            {"zone":"America/New_York","calendar":"us-federal","currency":"USD","amountMinor":34999,"notifiedAt":"2026-11-25T10:00:00-05:00","exception":null}
            """,
        ["visa-dispute-window"] = """{"processedOn":"2024-02-28"}""",
        ["visa-liability-shift"] = """{"currency":"EUR","amountMinor":19900,"eci":"05","threeDsAuthenticated":true}""",
        ["visa-ce3"] = """
            {"disputedOn":"2026-11-20","priorPayments":[{"settledOn":"2026-07-13","disputed":false,"sameCredential":true,"matches":["device","ip"]},
            {"settledOn":"2026-01-24","disputed":false,"sameCredential":true,"matches":["device","user"]}]}
            """,
        ["remedy-cap"] = """{"currency":"EUR","paidMinor":10000,"history":[{"kind":"compensation","amountMinor":9999}],"event":{"kind":"compensation-request","amountMinor":10000}}""",
    };

    [Fact]
    public void Evaluate_SharedCases_AreAnsweredAsExpected()
    {
        var file = Shared.File("vectors/claims.json");
        var output = new StringWriter();
        Assert.Equal(0, ClaimsCommands.Evaluate(new FileInfo(file), ShippedClaimRules.Folder, output));
        var answers = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        var cases = JsonNode.Parse(File.ReadAllText(file))!.AsArray().Select(node => node!.AsObject()).ToList();
        Assert.Equal(cases.Count, answers.Count);
        var fields = cases.GroupBy(test => (string)test["kind"]!).ToDictionary(kind => kind.Key, kind => kind.SelectMany(test => test["expect"]!.AsObject()).Select(field => field.Key).ToHashSet());
        Assert.All(cases.Zip(answers), pair => AssertAnswers(pair.First, pair.Second, fields[(string)pair.First["kind"]!]));
    }

    private static void AssertAnswers(JsonObject test, JsonObject answer, HashSet<string> fields)
    {
        Assert.Equal((string?)test["id"], (string?)answer["id"]);
        if ((string?)test["kind"] is "approval-race" or "idempotency" or "four-eyes")
        {
            Assert.Equal($$"""{"id":"{{(string?)test["id"]}}","skipped":"command"}""", answer.ToJsonString());
            return;
        }
        // Every field of the kind is there; one that this case does not expect is null or says 0.
        Assert.Equal(fields.Append("id").Order(), answer.Select(field => field.Key).Order());
        foreach (var (name, expected) in test["expect"]!.AsObject())
            Assert.True(JsonNode.DeepEquals(expected, answer[name]), $"{answer.ToJsonString()}: {name}, expected {expected?.ToJsonString()}");
    }

    [Theory]
    // Reg E: the day of the zone decides, to the second; what is taken in the second after it is the second tier's.
    [InlineData("reg-e-liability", """{"noticeAt":"2026-03-05T04:59:59+00:00"}""", """{"tiersMinor":[5000,0,0],"compensationMinor":65000,"twoDayWindowEndsOn":"2026-03-04"}""")]
    [InlineData("reg-e-liability", """{"noticeAt":"2026-03-05T06:00:00+00:00","transfers":[{"at":"2026-03-05T04:59:59+00:00","amountMinor":4000,"preventable":true},{"at":"2026-03-05T05:00:00+00:00","amountMinor":2000,"preventable":true}]}""",
        """{"tiersMinor":[4000,2000,0],"buyerLiabilityMinor":6000,"compensationMinor":0,"eligible":true}""")]
    [InlineData("reg-e-liability", """{"transfers":[{"at":"2026-03-06T09:00:00-05:00","amountMinor":4000,"preventable":true}]}""", """{"tiersMinor":[0,0,0],"compensationMinor":4000}""")]
    [InlineData("reg-e-liability", """{"transfers":[{"at":"2026-03-03T10:00:00-05:00","amountMinor":4000,"preventable":false},{"at":"2026-03-05T10:00:00-05:00","amountMinor":60000,"preventable":true}]}""", """{"tiersMinor":[4000,46000,0]}""")]
    // Day 60 counts as told in time, day 61 is the third tier's.
    [InlineData("reg-e-liability", """{"accessDevice":false,"learnedAt":null,"statementSentAt":"2026-01-15T09:00:00-05:00","noticeAt":"2026-03-20T09:00:00-04:00","transfers":[{"at":"2026-03-16T23:59:59-04:00","amountMinor":300,"preventable":true},{"at":"2026-03-17T00:00:00-04:00","amountMinor":500,"preventable":true},{"at":"2026-03-18T00:00:00-04:00","amountMinor":700,"preventable":false}]}""",
        """{"tiersMinor":[0,0,500],"compensationMinor":1000,"sixtyDayWindowEndsOn":"2026-03-16","errorResolutionApplies":false,"twoDayWindowEndsOn":null}""")]
    [InlineData("reg-e-liability", """{"statementSentAt":"2026-01-05T09:00:00-05:00","noticeAt":"2026-03-06T23:00:00-05:00"}""", """{"errorResolutionApplies":true,"tiersMinor":[5000,45000,0]}""")]
    // Loss learned of only after the sixty days, told at once: the third tier all the same.
    [InlineData("reg-e-liability", """{"statementSentAt":"2025-12-15T09:00:00-05:00","noticeAt":"2026-03-03T12:00:00-05:00","transfers":[{"at":"2026-02-10T10:00:00-05:00","amountMinor":9000,"preventable":true},{"at":"2026-02-20T10:00:00-05:00","amountMinor":7000,"preventable":true}]}""",
        """{"tiersMinor":[5000,0,7000],"compensationMinor":4000,"sixtyDayWindowEndsOn":"2026-02-13"}""")]
    // No loss was learned of: no calendar is asked, and only the first tier is left.
    [InlineData("reg-e-liability", """{"learnedAt":null,"calendar":"nowhere"}""", """{"tiersMinor":[5000,0,0],"twoDayWindowEndsOn":null}""")]
    [InlineData("reg-e-liability", """{"accessDevice":false,"currency":"MXN","calendar":null,"learnedAt":null}""", """{"tiersMinor":[0,0,0],"compensationMinor":70000}""")]
    [InlineData("reg-e-liability", """{"transfers":[]}""", """{"tiersMinor":[0,0,0],"compensationMinor":0}""")]
    [InlineData("reg-e-liability", """{"learnedAt":"2027-12-30T09:00:00-05:00","noticeAt":"2028-01-03T09:00:00-05:00"}""",
        """{"eligible":null,"buyerLiabilityMinor":null,"compensationMinor":null,"tiersMinor":null,"twoDayWindowEndsOn":null,"refused":"calendar_not_covered"}""")]
    [InlineData("reg-e-liability", """{"disclosuresGiven":false,"learnedAt":"2027-12-30T09:00:00-05:00","noticeAt":"2028-01-03T09:00:00-05:00"}""",
        """{"tiersMinor":[0,0,0],"compensationMinor":70000,"refused":"calendar_not_covered"}""")]
    // An institution open on Saturdays: 7 and 9 March.
    [InlineData("reg-e-liability", """{"saturdayIsBusinessDay":true,"learnedAt":"2026-03-06T09:00:00-05:00","noticeAt":"2026-03-09T09:00:00-04:00"}""", """{"twoDayWindowEndsOn":"2026-03-09"}""")]
    // Reg E, error resolution.
    [InlineData("reg-e-clock", "{}", """{"dueOn":"2026-03-16","provisionalCreditRequired":true,"provisionalCreditMinor":42000,"creditNoticeDueOn":null}""")]
    [InlineData("reg-e-clock", """{"writtenConfirmationAt":"2026-03-17T00:00:00-04:00"}""", """{"dueOn":null,"finalDueOn":"2026-04-16","provisionalCreditRequired":false,"provisionalCreditMinor":0}""")]
    [InlineData("reg-e-clock", """{"writtenConfirmationDemanded":false,"writtenConfirmationAt":null}""", """{"dueOn":"2026-03-16"}""")]
    [InlineData("reg-e-clock", """{"writtenConfirmationAt":null,"calendar":null}""", """{"dueOn":null,"finalDueOn":"2026-04-16"}""")]
    [InlineData("reg-e-clock", """{"noticeForm":"written","firstDepositAt":"2026-01-21T23:59:59-05:00"}""", """{"dueOn":"2026-03-30","finalDueOn":"2026-05-31"}""")]
    [InlineData("reg-e-clock", """{"noticeForm":"written","firstDepositAt":"2026-01-20T23:59:59-05:00"}""", """{"dueOn":"2026-03-16","finalDueOn":"2026-04-16"}""")]
    [InlineData("reg-e-clock", """{"noticeForm":"written","firstDepositAt":null,"transferKind":"foreign"}""", """{"dueOn":"2026-03-16","finalDueOn":"2026-05-31"}""")]
    [InlineData("reg-e-clock", """{"noticeForm":"written","noticeAt":"2027-12-27T09:00:00-05:00","errorDeterminedAt":"2027-12-28T09:00:00-05:00"}""",
        """{"dueOn":null,"finalDueOn":"2028-02-10","provisionalCreditRequired":true,"correctionDueOn":"2027-12-29","refused":"calendar_not_covered"}""")]
    // PSD2: the cap is shared, what comes at or after the notification is not the payer's, what is too late is.
    [InlineData("psd2-refund", """{"instrumentLostOrStolen":true,"detectableBeforePayment":true,"payments":[{"debitedAt":"2026-03-05T14:59:59+01:00","amountMinor":4999},{"debitedAt":"2026-03-05T15:00:00+01:00","amountMinor":100}]}""",
        """{"buyerLiabilityMinor":4999,"compensationMinor":100}""")]
    [InlineData("psd2-refund", """{"instrumentLostOrStolen":true,"detectableBeforePayment":true,"payments":[{"debitedAt":"2025-02-04T12:00:00+01:00","amountMinor":700},{"debitedAt":"2025-02-05T00:00:00+01:00","amountMinor":9000}]}""",
        """{"eligible":true,"code":null,"buyerLiabilityMinor":5700,"compensationMinor":4000}""")]
    [InlineData("psd2-refund", """{"jurisdiction":"UK","zone":"Europe/London","calendar":"gb-eng","currency":"GBP","instrumentLostOrStolen":true,"detectableBeforePayment":true,"grossNegligence":"alleged"}""",
        """{"buyerLiabilityMinor":3500,"compensationMinor":46500,"recourseMinor":46500}""")]
    [InlineData("psd2-refund", """{"scaApplied":false,"grossNegligence":"alleged"}""", """{"buyerLiabilityMinor":0,"compensationMinor":50000,"recourseMinor":0}""")]
    [InlineData("psd2-refund", """{"grossNegligence":"alleged","policyRefundFirst":false}""", """{"buyerLiabilityMinor":50000,"compensationMinor":0,"recourseMinor":0}""")]
    [InlineData("psd2-refund", """{"currency":"SEK"}""", """{"compensationMinor":50000}""")]
    [InlineData("psd2-refund", """{"payerFraudSuspected":true,"authorityReportedAt":"2026-03-06T23:59:59+01:00","authorityReference":"A-1"}""", """{"eligible":null,"hold":"allowed","dueOn":null}""")]
    [InlineData("psd2-refund", """{"payerFraudSuspected":true,"authorityReportedAt":"2026-03-06T23:00:00+00:00","authorityReference":"A-1"}""", """{"eligible":true,"hold":"refused","dueOn":"2026-03-06"}""")]
    [InlineData("psd2-refund", """{"payerFraudSuspected":true,"authorityReportedAt":"2026-03-06T09:00:00+01:00","authorityReference":" "}""", """{"hold":"refused"}""")]
    [InlineData("psd2-refund", """{"notifiedAt":"2027-12-31T15:00:00+01:00","payments":[{"debitedAt":"2027-12-30T19:20:00+01:00","amountMinor":5}]}""",
        """{"eligible":true,"compensationMinor":5,"dueOn":null,"hold":"none","refused":"calendar_not_covered"}""")]
    [InlineData("psd2-refund", """{"payerFraudSuspected":true,"authorityReportedAt":"2027-12-31T16:00:00+01:00","authorityReference":"A-1","notifiedAt":"2027-12-31T15:00:00+01:00","payments":[{"debitedAt":"2027-12-30T19:20:00+01:00","amountMinor":5}]}""",
        """{"eligible":null,"compensationMinor":null,"dueOn":null,"hold":null,"refused":"calendar_not_covered"}""")]
    [InlineData("psd2-refund", """{"calendar":"nowhere","notifiedAt":"2027-05-01T15:00:00+02:00"}""", """{"eligible":false,"code":"reported_too_late","buyerLiabilityMinor":50000}""")]
    // 28 February in a leap year and in another: 13 months later the month may be longer, the day stays.
    [InlineData("psd2-refund", """{"payments":[{"debitedAt":"2025-01-31T12:00:00+01:00","amountMinor":1}],"notifiedAt":"2026-02-28T23:59:59+01:00"}""", """{"eligible":true,"dueOn":"2026-03-02"}""")]
    [InlineData("psd2-refund", """{"payments":[{"debitedAt":"2025-01-31T12:00:00+01:00","amountMinor":1}],"notifiedAt":"2026-03-01T00:00:00+01:00"}""", """{"eligible":false}""")]
    [InlineData("complaint-clock", """{"paymentServicesComplaint":false,"exceptional":true,"calendar":null}""", """{"dueOn":"2026-04-27","holdingReplyDueOn":null}""")]
    [InlineData("complaint-clock", """{"exceptional":true,"receivedAt":"2027-11-30T10:00:00+00:00"}""", """{"dueOn":null,"holdingReplyDueOn":"2027-12-21","refused":"calendar_not_covered"}""")]
    // UK APP: excess at most 100, smaller ones leave the receiving provider's least share as it is.
    [InlineData("uk-app", """{"excessAppliedMinor":4000}""", """{"compensationMinor":196000,"sendingShareMinor":101000,"receivingShareMinor":95000,"repatriatedToReceivingMinor":null}""")]
    [InlineData("uk-app", """{"excessAppliedMinor":50000}""", """{"compensationMinor":190000}""")]
    [InlineData("uk-app", """{"amountMinor":9000}""", """{"eligible":true,"compensationMinor":0,"sendingShareMinor":0,"receivingShareMinor":0}""")]
    [InlineData("uk-app", """{"amountMinor":9000,"excessAppliedMinor":0}""", """{"compensationMinor":9000,"sendingShareMinor":9000,"receivingShareMinor":0}""")]
    [InlineData("uk-app", """{"amountMinor":8500001,"vulnerable":true}""", """{"compensationMinor":8500000,"receivingShareMinor":4250000}""")]
    [InlineData("uk-app", """{"amountMinor":12345,"vulnerable":true}""", """{"compensationMinor":12345,"sendingShareMinor":6173,"receivingShareMinor":6172}""")]
    [InlineData("uk-app", """{"repatriatedMinor":200000}""", """{"repatriatedToReceivingMinor":95000,"repatriatedToSendingMinor":95000,"furtherToBuyerMinor":10000}""")]
    [InlineData("uk-app", """{"excessAppliedMinor":0,"repatriatedMinor":60000}""", """{"repatriatedToReceivingMinor":28500,"repatriatedToSendingMinor":31500,"furtherToBuyerMinor":0}""")]
    [InlineData("uk-app", """{"exclusion":"civil-dispute","vulnerable":true}""", """{"eligible":false,"code":"civil_dispute","repatriatedToReceivingMinor":null}""")]
    [InlineData("uk-app", """{"exclusion":"unlawful-purpose","calendar":null}""", """{"eligible":false,"code":"unlawful_purpose","dueOn":null}""")]
    // Asked on the last day, the clock still stops; asked on the day after, it has run out.
    [InlineData("uk-app", """{"infoRequestedAt":"2026-03-09T23:00:00+00:00","infoReceivedAt":"2026-03-11T15:00:00+00:00"}""", """{"dueOn":"2026-03-11"}""")]
    [InlineData("uk-app", """{"infoRequestedAt":"2026-03-10T00:00:00+00:00","infoReceivedAt":"2026-03-11T15:00:00+00:00"}""", """{"dueOn":"2026-03-09"}""")]
    [InlineData("uk-app", """{"infoRequestedAt":"2026-03-03T00:00:00+00:00","infoReceivedAt":"2026-06-11T15:00:00+00:00"}""", """{"dueOn":"2026-04-22","hardStopOn":"2026-04-22"}""")]
    [InlineData("uk-app", """{"infoRequestedAt":"2026-03-05T00:00:00+00:00","infoReceivedAt":"2026-03-05T15:00:00+00:00"}""", """{"dueOn":"2026-03-09"}""")]
    [InlineData("uk-app", """{"infoRequestedAt":"2026-03-06T10:00:00+00:00","infoReceivedAt":"2026-03-08T10:00:00+00:00"}""", """{"dueOn":"2026-03-09"}""")]
    [InlineData("uk-app", """{"lastPaymentAt":"2027-11-30T12:00:00+00:00","reportedAt":"2027-12-01T10:00:00+00:00"}""", """{"dueOn":"2027-12-08","hardStopOn":null,"refused":"calendar_not_covered"}""")]
    [InlineData("cn-liability", """{"noticeAt":null,"measuresTakenAt":null}""", """{"eligible":false,"buyerLiabilityMinor":300000,"compensationMinor":0}""")]
    [InlineData("cn-liability", """{"lossAfterNoticeMinor":1}""", """{"eligible":true,"compensationMinor":1}""")]
    // Timers. Overlapping pauses count once, one without a request not at all, one after the end moves nothing.
    [InlineData("timer", """{"pauses":[{"from":"2026-06-01T12:00:00+00:00","to":"2026-06-01T18:00:00+00:00","outboundRequestId":"a"},{"from":"2026-06-01T10:00:00+00:00","to":"2026-06-01T15:00:00+00:00","outboundRequestId":"b"}]}""",
        """{"dueAt":"2026-06-03T17:00:00+00:00","dueOn":null,"refused":null}""")]
    [InlineData("timer", """{"pauses":[{"from":"2026-06-01T10:00:00+00:00","to":"2026-06-01T20:00:00+00:00","outboundRequestId":"a"},{"from":"2026-06-01T12:00:00+00:00","to":"2026-06-01T13:00:00+00:00","outboundRequestId":"b"}]}""",
        """{"dueAt":"2026-06-03T19:00:00+00:00"}""")]
    [InlineData("timer", """{"pauses":[{"from":"2026-06-03T09:00:00+00:00","to":"2026-06-05T09:00:00+00:00","outboundRequestId":"a"}]}""", """{"dueAt":"2026-06-03T09:00:00+00:00"}""")]
    [InlineData("timer", """{"pauses":[{"from":"2026-05-01T09:00:00+00:00","to":"2026-06-01T10:00:00+00:00","outboundRequestId":"a"}]}""", """{"dueAt":"2026-06-03T10:00:00+00:00"}""")]
    [InlineData("timer", """{"pauses":[{"from":"2026-06-01T10:00:00+00:00","to":"2026-06-01T11:00:00+00:00","outboundRequestId":"a"},{"from":"2026-06-01T12:00:00+00:00","to":null,"outboundRequestId":""}]}""",
        """{"dueAt":"2026-06-03T10:00:00+00:00","refused":"pause_without_request"}""")]
    [InlineData("timer", """{"pauses":[{"from":"2026-06-01T10:00:00+00:00","to":null,"outboundRequestId":"a"}]}""", """{"dueAt":null,"refused":null}""")]
    [InlineData("timer", """{"hardCapAt":"2026-06-02T09:00:00+00:00"}""", """{"dueAt":"2026-06-02T09:00:00+00:00"}""")]
    [InlineData("timer", """{"zone":"Asia/Kolkata","startedAt":"2026-06-01T09:00:00.750Z","calendar":"nowhere"}""", """{"dueAt":"2026-06-03T14:30:00+05:30"}""")]
    // An hour that does not exist, and one that is there twice.
    [InlineData("timer", """{"zone":"Europe/Berlin","startedAt":"2026-03-28T02:30:00+01:00","duration":{"value":24,"unit":"hours"}}""", """{"dueAt":"2026-03-29T03:30:00+02:00"}""")]
    [InlineData("timer", """{"zone":"Europe/Berlin","startedAt":"2026-10-24T02:30:00+02:00","duration":{"value":25,"unit":"hours"}}""", """{"dueAt":"2026-10-25T02:30:00+01:00"}""")]
    [InlineData("timer", """{"zone":"Europe/Berlin","startedAt":"2026-04-30T22:00:00+00:00","duration":{"value":1,"unit":"businessDays"}}""", """{"dueOn":"2026-05-04","dueAt":null}""")]
    [InlineData("timer", """{"duration":{"value":3,"unit":"businessDays"},"pauses":[{"from":"2026-06-02T10:00:00+00:00","to":"2026-06-08T10:00:00+00:00","outboundRequestId":"a"},{"from":"2026-06-05T10:00:00+00:00","to":"2026-06-09T10:00:00+00:00","outboundRequestId":"b"}]}""",
        """{"dueOn":"2026-06-11"}""")]
    [InlineData("timer", """{"duration":{"value":3,"unit":"businessDays"},"pauses":[{"from":"2026-06-02T10:00:00+00:00","to":null,"outboundRequestId":"a"}],"hardCapAt":"2026-06-20T10:00:00+00:00"}""", """{"dueOn":"2026-06-20"}""")]
    [InlineData("timer", """{"duration":{"value":3,"unit":"businessDays"},"hardCapAt":"2026-06-03T23:59:00+00:00"}""", """{"dueOn":"2026-06-03"}""")]
    [InlineData("timer", """{"duration":{"value":1,"unit":"businessDays"},"calendar":{"id":"own","from":"2026-06-02","to":"2026-06-02","weekend":[],"closed":[]}}""", """{"dueOn":"2026-06-02"}""")]
    [InlineData("timer", """{"duration":{"value":1,"unit":"businessDays"},"calendar":{"id":"own","from":"2026-06-03","to":"2026-06-04","weekend":[],"closed":[]}}""", """{"dueOn":null,"refused":"calendar_not_covered"}""")]
    [InlineData("timer", """{"duration":{"value":1,"unit":"businessDays"},"calendar":{"id":"own","from":"2026-06-01","to":"2026-06-30","weekend":["Monday","Tuesday","Wednesday","Thursday","Friday","Saturday","Sunday"],"closed":[]}}""",
        """{"dueOn":null,"refused":"calendar_not_covered"}""")]
    [InlineData("timer", """{"duration":{"value":7,"unit":"businessDays"},"calendar":"cn","zone":"Asia/Shanghai","startedAt":"2026-12-22T23:59:59+08:00"}""", """{"dueOn":"2026-12-31","refused":null}""")]
    // Our promise and the law.
    [InlineData("claim-sla", """{"approvedAt":null}""", """{"refundDueOn":"2026-03-06","policyDueOn":null,"lawDueOn":"2026-03-06","governs":"law"}""")]
    [InlineData("claim-sla", """{"approvedAt":null,"lawRule":"US.RegE.11.c1"}""", """{"refundDueOn":null,"lawDueOn":null,"governs":null}""")]
    [InlineData("claim-sla", """{"lawRule":"CN.ECL.57.2","calendar":"cn","zone":"Asia/Shanghai"}""", """{"refundDueOn":"2026-03-17","lawDueOn":null,"governs":"policy"}""")]
    [InlineData("claim-sla", """{"filedAt":"2027-12-28T15:00:00+01:00","approvedAt":"2027-12-29T10:00:00+01:00"}""",
        """{"firstResponseDueAt":"2027-12-29T15:00:00+01:00","refundDueOn":null,"policyDueOn":null,"lawDueOn":"2027-12-29","governs":null,"refused":"calendar_not_covered"}""")]
    // RBI: the borders of the days and of the limit.
    [InlineData("rbi", "{}", """{"eligible":true,"buyerLiabilityMinor":1000000,"compensationMinor":1,"dueOn":null}""")]
    [InlineData("rbi", """{"workingDaysToReport":0,"lossAfterReportMinor":5}""", """{"buyerLiabilityMinor":0,"compensationMinor":1000006}""")]
    [InlineData("rbi", """{"workingDaysToReport":7,"accountClass":"bsbd"}""", """{"buyerLiabilityMinor":500000,"boardPolicy":false}""")]
    [InlineData("rbi", """{"workingDaysToReport":8,"lossAfterReportMinor":5,"reportedAt":"2026-03-06T11:00:00+05:30"}""", """{"eligible":null,"boardPolicy":true,"compensationMinor":null,"dueOn":null}""")]
    [InlineData("rbi", """{"cause":"customer-negligence","workingDaysToReport":20}""", """{"eligible":false,"boardPolicy":false,"buyerLiabilityMinor":1000001,"compensationMinor":0}""")]
    [InlineData("rbi", """{"workingDaysToReport":1,"reportedAt":"2026-03-27T11:00:00+05:30","calendar":{"id":"x","from":"2026-03-01","to":"2026-03-31","weekend":["Sunday"],"closed":[]}}""",
        """{"compensationMinor":1000001,"dueOn":null,"refused":"calendar_not_covered"}""")]
    [InlineData("visa-zero-liability", """{"exception":"gross-negligence","calendar":"nowhere"}""", """{"eligible":false,"code":"gross_negligence","dueOn":null,"compensationMinor":null}""")]
    [InlineData("visa-dispute-window", "{}", """{"recoverableUntil":"2024-06-27"}""")]
    [InlineData("visa-liability-shift", """{"eci":"07"}""", """{"bearer":"merchant","recoveryFromMerchant":true,"compensationMinor":19900,"eligible":true}""")]
    [InlineData("visa-liability-shift", """{"threeDsAuthenticated":false}""", """{"bearer":"merchant"}""")]
    [InlineData("visa-ce3", "{}", """{"ce3Qualifies":true}""")]
    [InlineData("visa-ce3", """{"disputedOn":"2026-11-09"}""", """{"ce3Qualifies":false}""")]
    [InlineData("visa-ce3", """{"disputedOn":"2027-01-25"}""", """{"ce3Qualifies":false}""")]
    [InlineData("visa-ce3", """{"priorPayments":[{"settledOn":"2026-07-13","disputed":false,"sameCredential":true,"matches":["ip","ip"]},{"settledOn":"2026-01-24","disputed":false,"sameCredential":true,"matches":["device","ip"]}]}""", """{"ce3Qualifies":false}""")]
    [InlineData("visa-ce3", """{"priorPayments":[{"settledOn":"2026-07-13","disputed":false,"sameCredential":false,"matches":["device","ip"]},{"settledOn":"2026-01-24","disputed":false,"sameCredential":true,"matches":["device","ip"]}]}""", """{"ce3Qualifies":false}""")]
    // One cap for all remedies.
    [InlineData("remedy-cap", "{}", """{"outcome":"paid","compensationMinor":1,"duplicateRecoveryMinor":null,"code":null}""")]
    [InlineData("remedy-cap", """{"event":{"kind":"merchant-refund","amountMinor":2}}""", """{"outcome":"recorded","compensationMinor":0,"duplicateRecoveryMinor":1,"code":"duplicate_recovery"}""")]
    [InlineData("remedy-cap", """{"history":[{"kind":"chargeback-won","amountMinor":10001}]}""", """{"outcome":"refused","compensationMinor":0,"code":"payment_fully_returned"}""")]
    public void Evaluate_OneCase_IsAnsweredByTheRule(string kind, string changes, string expected)
    {
        var answer = Evaluate(kind, Changed(kind, changes));
        Assert.False(answer.ContainsKey("error"), answer.ToJsonString());
        foreach (var (name, value) in JsonNode.Parse(expected)!.AsObject())
            Assert.True(answer.ContainsKey(name) && JsonNode.DeepEquals(value, answer[name]), $"{answer.ToJsonString()}: {name}, expected {value?.ToJsonString() ?? "null"}");
        if (!expected.Contains("refused", StringComparison.Ordinal)) Assert.Null((string?)answer["refused"]);
    }

    [Theory]
    [InlineData("reg-e-liability", """{"currency":"EUR"}""", "/input/currency is EUR: the rule has no amount in it.")]
    [InlineData("reg-e-liability", """{"calendar":"nowhere"}""", "/input/calendar has to be one of: cn, eu-target, gb-eng, us-federal, us-frb.")]
    [InlineData("reg-e-liability", """{"calendar":null}""", "/input/calendar has to be given, a business day is needed.")]
    [InlineData("reg-e-liability", """{"calendar":7}""", "/input/calendar has to be a text.")]
    [InlineData("reg-e-liability", """{"saturdayIsBusinessDay":null}""", "/input/saturdayIsBusinessDay has to be true or false.")]
    [InlineData("reg-e-liability", """{"noticeAt":null}""", "/input/noticeAt has to be a text.")]
    [InlineData("reg-e-liability", """{"noticeAt":"2026-03-06T09:00:00"}""", "/input/noticeAt has to be an instant")]
    [InlineData("reg-e-liability", """{"transfers":[{"at":"2026-03-03T10:00:00-05:00","amountMinor":-1,"preventable":true}]}""", "/input/transfers/0/amountMinor has to be a whole number")]
    [InlineData("reg-e-liability", """{"transfers":[{"at":"2026-03-03T10:00:00-05:00","amountMinor":9223372036854775807,"preventable":true},{"at":"2026-03-03T10:00:00-05:00","amountMinor":1,"preventable":true}]}""", "/input: a sum is larger")]
    [InlineData("reg-e-clock", """{"noticeForm":"email"}""", "/input/noticeForm has to be one of: written, oral.")]
    [InlineData("reg-e-clock", """{"transferKind":"Point of sale"}""", "/input/transferKind has to be a word in small letters")]
    [InlineData("reg-e-clock", """{"noticeAt":"9999-12-31T10:00:00-05:00"}""", "/input")]
    [InlineData("psd2-refund", """{"jurisdiction":"US"}""", "/input/jurisdiction has to be one of: EU, UK.")]
    [InlineData("psd2-refund", """{"currency":"XYZ"}""", "/input/currency has to be a currency of ISO 4217.")]
    [InlineData("psd2-refund", """{"currency":"SEK","instrumentLostOrStolen":true,"detectableBeforePayment":true}""", "/input/currency is SEK: the rule has no amount in it.")]
    [InlineData("psd2-refund", """{"grossNegligence":"proven"}""", "/input/grossNegligence has to be one of: none, alleged.")]
    [InlineData("psd2-refund", """{"payments":[{"debitedAt":"2026-03-05T14:59:59+01:00"}]}""", "/input/payments/0/amountMinor is missing.")]
    [InlineData("psd2-refund", """{"authorityReference":7}""", "/input/authorityReference has to be a text or null.")]
    [InlineData("complaint-clock", """{"zone":"../../etc/passwd"}""", "/input/zone has to be a time zone")]
    [InlineData("uk-app", """{"infoReceivedAt":"2026-03-11T15:00:00+00:00"}""", "/input/infoReceivedAt answers nothing that was asked.")]
    [InlineData("uk-app", """{"infoRequestedAt":"2026-03-12T15:00:00+00:00","infoReceivedAt":"2026-03-11T15:00:00+00:00"}""", "/input/infoReceivedAt is before infoRequestedAt.")]
    [InlineData("uk-app", """{"repatriatedMinor":200001}""", "/input/repatriatedMinor is more than was paid.")]
    [InlineData("uk-app", """{"currency":"EUR"}""", "/input/currency is EUR: the rule has no amount in it.")]
    [InlineData("uk-app", """{"colour":"red"}""", "/input/colour: there is no such field")]
    [InlineData("cn-liability", """{"amountMinor":9223372036854775807,"providerProvesUserFault":false,"lossAfterNoticeMinor":1}""", "/input: a sum is larger")]
    [InlineData("cn-liability", """{"measuresTakenAt":"2026-03-10T11:00:00+08:00","lossAfterNoticeMinor":1}""", "/input/measuresTakenAt is before noticeAt")]
    [InlineData("timer", """{"duration":{"value":0,"unit":"hours"}}""", "/input/duration/value has to be a whole number from 1")]
    [InlineData("timer", """{"duration":{"value":1.5,"unit":"hours"}}""", "/input/duration/value has to be a whole number from 1")]
    [InlineData("timer", """{"duration":{"value":2,"unit":"weeks"}}""", "/input/duration/unit has to be one of: hours, businessDays.")]
    [InlineData("timer", """{"duration":{"value":3,"unit":"businessDays"},"calendar":null}""", "/input/calendar has to be given")]
    [InlineData("timer", """{"pauses":[{"from":"2026-06-01T12:00:00+00:00","to":"2026-06-01T11:00:00+00:00","outboundRequestId":"a"}]}""", "/input/pauses/0/to is before from.")]
    [InlineData("timer", """{"calendar":{"id":"own","from":"2026-06-02","to":"2026-06-01","weekend":[],"closed":[]}}""", "/input/calendar/to is before from.")]
    [InlineData("timer", """{"calendar":{"id":"own","from":"2026-06-01","to":"2026-06-02","weekend":["sunday"],"closed":[]}}""", "/input/calendar/weekend has to hold days of the week")]
    [InlineData("timer", """{"calendar":{"id":"own","from":"2026-06-01","to":"2026-06-02","weekend":[],"closed":["2026-02-29"]}}""", "/input/calendar/closed has to hold days")]
    [InlineData("timer", """{"calendar":{"id":"own","from":"2026-06-01","to":"2026-06-02","weekend":[],"closed":[],"workdays":[]}}""", "/input/calendar/workdays: there is no such field")]
    [InlineData("timer", """{"startedAt":"9999-12-31T09:00:00+00:00"}""", "/input: a time is beyond")]
    [InlineData("claim-sla", """{"lawRule":"EU.PSD3"}""", "/input/lawRule has to be one of: CN.ECL.57.2")]
    [InlineData("rbi", """{"accountClass":"gold"}""", "/input/accountClass has to be one of: bsbd, large, savings.")]
    [InlineData("rbi", """{"workingDaysToReport":-1}""", "/input/workingDaysToReport has to be a whole number from 0")]
    [InlineData("rbi", """{"currency":"USD"}""", "/input/currency is USD: the rule has no amount in it.")]
    [InlineData("rbi", """{"workingDaysToReport":1,"reportedAt":"2026-03-06T11:00:00+05:30"}""", "/input/calendar has to be given")]
    [InlineData("visa-zero-liability", """{"exception":"Anonymous"}""", "/input/exception has to be a word in small letters")]
    [InlineData("visa-dispute-window", """{"processedOn":"2026-02-29"}""", "/input/processedOn has to be a day")]
    [InlineData("visa-dispute-window", """{"processedOn":"9999-12-01"}""", "/input: a time is beyond")]
    [InlineData("visa-liability-shift", """{"eci":5}""", "/input/eci has to be a text.")]
    [InlineData("visa-ce3", """{"priorPayments":[{"settledOn":"2026-07-13","disputed":false,"sameCredential":true,"matches":["email"]}]}""", "/input/priorPayments/0/matches has to hold only: ip, device, shipping, user.")]
    [InlineData("remedy-cap", """{"history":[{"kind":"gift","amountMinor":1}]}""", "/input/history/0/kind has to be one of: merchant-refund, compensation, chargeback-won.")]
    [InlineData("remedy-cap", """{"history":[{"kind":"compensation","amountMinor":9223372036854775807}],"event":{"kind":"chargeback-won","amountMinor":1}}""", "/input: a sum is larger")]
    public void Evaluate_CaseWithOneFault_IsAnErrorThatNamesThePlace(string kind, string changes, string message)
    {
        Assert.False(Evaluate(kind, Inputs[kind]).ContainsKey("error"));
        var answer = Evaluate(kind, Changed(kind, changes));
        Assert.Equal(["id", "error"], answer.Select(field => field.Key));
        Assert.StartsWith(message, (string?)answer["error"]);
    }

    [Fact]
    public void Evaluate_AnyFieldMissingOrHostile_IsAnErrorOrAnAnswerAndNoCrash()
    {
        var hostile = JsonSerializer.Deserialize<string[]>(File.ReadAllText(Shared.File("vectors/json/naughty-strings.json")))!.Where((_, n) => n % 10 == 0).ToArray();
        foreach (var (kind, input) in Inputs)
            foreach (var name in JsonNode.Parse(input)!.AsObject().Select(field => field.Key).ToList())
            {
                var changed = JsonNode.Parse(input)!.AsObject();
                changed.Remove(name);
                Assert.Equal($"/input/{name} is missing.", (string?)Evaluate(kind, changed.ToJsonString())["error"]);
                foreach (var value in hostile.Select(text => JsonSerializer.Serialize(text)).Concat(["null", "[]", "{}", "[null]", "-1", "1e400", "true", "\"\\ud800\""]))
                    Evaluate(kind, input.Replace($"\"{name}\":", $"\"{name}\":{value},\"was\":", StringComparison.Ordinal));
                changed[name] = "\0";
                Evaluate(kind, changed.ToJsonString());
                foreach (var value in hostile)
                {
                    changed[name] = value;
                    Evaluate(kind, changed.ToJsonString());
                }
            }
    }

    [Fact]
    public void Evaluate_BatchWithOneUnreadableCase_AnswersTheOthersAndEndsWith1()
    {
        using var folder = ShippedClaimRules.Copy();
        folder.Write("cases.json", $$$"""
            [{"id":"a","kind":"visa-dispute-window","input":{"processedOn":"2026-01-10"},"expect":7},{"id":"b","kind":"visa-dispute-window","input":{}},
            {"id":"c","kind":"four-eyes","input":7},{"id":"d","kind":"timer","input":{{{Inputs["timer"]}}},"confidence":"secondary"},{"id":"e","kind":"lottery","input":{}},
            {"id":"f","kind":"remedy-cap","input":{{{Inputs["remedy-cap"]}}}},{"kind":"rbi"}]
            """);
        var output = new StringWriter();
        Assert.Equal(1, ClaimsCommands.Evaluate(new FileInfo(Path.Combine(folder.Path, "cases.json")), folder.Path, output));
        var lines = output.ToString().Split('\n');
        Assert.Equal(
            [
                """{"id":"a","recoverableUntil":"2026-05-10"}""", """{"id":"b","error":"/input/processedOn is missing."}""", """{"id":"c","skipped":"command"}""",
                """{"id":"d","dueAt":"2026-06-03T09:00:00+00:00","dueOn":null,"refused":null}""",
            ], lines[..4]);
        Assert.StartsWith("""{"id":"e","error":"/kind has to be one of: reg-e-liability, """, lines[4]);
        Assert.Equal("""{"id":"f","outcome":"paid","compensationMinor":1,"duplicateRecoveryMinor":null,"code":null}""", lines[5]);
        Assert.Equal(["""{"id":null,"error":"/id is missing."}""", ""], lines[6..]);
    }

    [Theory]
    [InlineData("claims/us-reg-e.yaml", "first_tier_max: [50 USD]", "first_tier_max: [60.01 USD]", "reg-e-liability", "tiersMinor", "[6001,43999,0]")]
    [InlineData("claims/us-reg-e.yaml", "second_tier_max: [500 USD]", "second_tier_max: [400 USD]", "reg-e-liability", "buyerLiabilityMinor", "40000")]
    [InlineData("claims/promise.yaml", "first_response_hours: 24", "first_response_hours: 12", "claim-sla", "firstResponseDueAt", "\"2026-03-06T03:00:00+01:00\"")]
    [InlineData("claims/psd2.yaml", "from: filed, business_days: 1 }\n  - { rule: UK", "from: filed, business_days: 2 }\n  - { rule: UK", "claim-sla", "lawDueOn", "\"2026-03-09\"")]
    [InlineData("calendars/eu-target.yaml", "{ on: 2026-05-01,", "{ from: 2026-03-06, to: 2026-03-11,", "psd2-refund", "dueOn", "\"2026-03-12\"")]
    [InlineData("claims/visa.yaml", "matches_min: 2", "matches_min: 3", "visa-ce3", "ce3Qualifies", "false")]
    public void Evaluate_WithAnotherNumber_AnswersOtherwise(string file, string text, string other, string kind, string field, string expected)
    {
        using var folder = ShippedClaimRules.With(file, text, other);
        var answer = ClaimCases.Evaluate(Case(kind, Inputs[kind]), ClaimRules.Load(folder.Path));
        Assert.Equal(expected, answer[field]?.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        Assert.NotEqual(expected, Evaluate(kind, Inputs[kind])[field]?.ToJsonString());
    }

    private static string Changed(string kind, string changes)
    {
        var input = JsonNode.Parse(Inputs[kind])!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(changes)!.AsObject()) input[name] = value?.DeepClone();
        return input.ToJsonString();
    }

    private static JsonObject Evaluate(string kind, string input) => ClaimCases.Evaluate(Case(kind, input), ShippedClaimRules.Rules);

    private static JsonElement Case(string kind, string input) => JsonElement.Parse($$$"""{"id":"a","kind":"{{{kind}}}","input":{{{input}}}}""");
}
