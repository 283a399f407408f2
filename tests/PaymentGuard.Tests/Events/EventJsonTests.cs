using System.Text;
using System.Text.Json.Nodes;
using PaymentGuard.Events;

namespace PaymentGuard.Tests.Events;

public class EventJsonTests
{
    private const string CardNumber = "4111 1111 1111 1111";
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] Outcomes =
    [
        "payment.authorized", "payment.declined", "payment.captured", "payment.refunded", "payment.charged_back", "payment.fraud_reported",
        "payment.fraud_cleared",
    ];

    private static readonly string[] Activities =
    [
        "account.registered", "account.signed_in", "account.sign_in_failed", "account.password_changed", "account.contact_changed", "device.bound",
    ];

    [Fact]
    public void Read_Attempt_HasThePaymentAndItsIdentity()
    {
        var read = Read(Attempt());
        Assert.Equal(("/shop", "e1", EventKind.Attempt), (read.Source, read.Id, read.Type.Kind));
        Assert.Equal(("pay_1", "a_7", 1250L), (read.PaymentId, read.AccountId, read.Data.Payment.Amount.Minor));
    }

    [Fact]
    public void Read_AttemptWithoutTime_TakesTheTimeItCame()
    {
        Assert.Equal(Now, Read(Without(Attempt(), "time")).Time);
    }

    [Fact]
    public void Read_EveryOutcome_NeedsThePaymentsIdOnly()
    {
        foreach (var type in Outcomes)
        {
            var read = Read(Event(type, """{ "payment": { "id": "pay_1" } }"""));
            Assert.Equal(("pay_1", null, null), (read.PaymentId, read.AccountId, read.Data.Payment.Amount.Currency));
        }
    }

    [Fact]
    public void Read_OutcomeWithTheWholeAttempt_KeepsWhatItTells()
    {
        var read = Read(Event("payment.declined", AttemptData));
        Assert.Equal(("pay_1", "a_7", "EUR"), (read.PaymentId, read.AccountId, read.Data.Payment.Amount.Currency));
    }

    [Fact]
    public void Read_OutcomeWithoutPaymentId_NamesThePlace()
    {
        AssertRefused(Event("payment.declined", """{ "payment": {} }"""), "invalid_field", "/data/payment/id");
        AssertRefused(Event("payment.declined", """{ "account": { "id": "a" } }"""), "invalid_field", "/data/payment");
    }

    [Fact]
    public void Read_OutcomeWithWrongAmount_NamesThePlace()
    {
        AssertRefused(Event("payment.refunded", """{ "payment": { "id": "p", "amount": { "minor": "5", "currency": "EUR" } } }"""),
            "invalid_field", "/data/payment/amount/minor");
    }

    [Fact]
    public void Read_EveryActivity_NeedsTheAccountsId()
    {
        foreach (var type in Activities)
        {
            var read = Read(Event(type, """{ "account": { "id": "a_7" }, "device": { "id": "d_3", "ip": "203.0.113.9" } }"""));
            Assert.Equal((null, "a_7", "203.0.113.9"), (read.PaymentId, read.AccountId, read.Data.Device?.Ip));
            AssertRefused(Event(type, """{ "account": {}, "device": { "id": "d_3" } }"""), "invalid_field", "/data/account/id");
        }
    }

    [Fact]
    public void Read_ActivityWithPaymentFields_RefusesThem()
    {
        AssertRefused(Event("account.signed_in", """{ "account": { "id": "a" }, "card": { "token": "t" } }"""), "invalid_field", "/data/card");
        AssertRefused(Event("account.signed_in", """{ "account": { "id": "a" }, "sca": {} }"""), "invalid_field", "/data/sca");
    }

    [Fact]
    public void Read_DeviceBoundWithoutDevice_IsRefused()
    {
        AssertRefused(Event("device.bound", """{ "account": { "id": "a" } }"""), "invalid_field", "/data/device/id");
    }

    [Fact]
    public void Read_ExtensionAttributes_AreWelcome()
    {
        var json = Attempt();
        json["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        json["sequence"] = 5;
        json["sampled"] = true;
        json["empty"] = null;
        Assert.Equal("pay_1", Read(json).PaymentId);
    }

    [Fact]
    public void Read_WrongAttributes_AreAllNamed()
    {
        var json = Attempt();
        json["specversion"] = "0.3";
        json["source"] = "";
        json["id"] = 5;
        json["time"] = "2026-11-21";
        json["datacontenttype"] = "text/xml";
        json["Trace"] = "x";
        json["nested"] = new JsonObject();
        json["data_base64"] = "AAAA";
        AssertRefused(json, "invalid_field", "/specversion", "/source", "/id", "/time", "/datacontenttype", "/Trace", "/nested", "/data_base64");
    }

    [Fact]
    public void Read_MissingAttributes_AreAllNamed()
    {
        AssertRefused(new JsonObject(), "invalid_field", "/source", "/id", "/specversion", "/type", "/data");
    }

    [Fact]
    public void Read_UnknownType_IsItsOwnReason()
    {
        AssertRefused(Event("payment.teleported", AttemptData), "unknown_type", "/type");
    }

    [Theory]
    [InlineData("challenge.failed")]
    [InlineData("challenge.abandoned")]
    public void Read_WhatOnlyPaymentGuardSays_IsNotTakenFromOutside(string type) => AssertRefused(Event(type, AccountOnly), "unknown_type", "/type");

    [Fact]
    public void Read_PaymentGuardsOwnSource_IsNotTakenFromOutside() =>
        AssertRefused(With(Event("account.signed_in", AccountOnly), "source", "paymentguard"), "invalid_field", "/source");

    [Fact]
    public void ReadStored_PaymentGuardsOwnEvent_IsRead()
    {
        var json = With(Event("challenge.failed", AccountOnly), "source", "paymentguard");
        var read = Assert.IsType<EventReading.Read>(EventJson.ReadStored(Bytes(json), Now));
        Assert.Equal("challenge.failed", read.Event.Type.Name);
    }

    [Fact]
    public void Read_OutcomeWithoutTimeOrFromTheFuture_IsRefused()
    {
        AssertRefused(Without(Event("payment.declined", AttemptData), "time"), "invalid_field", "/time");
        var early = Event("payment.declined", AttemptData);
        early["time"] = "2026-11-21T12:05:01Z";
        AssertRefused(early, "invalid_field", "/time");
    }

    [Fact]
    public void Read_TimesBelowAMicrosecond_AreCut()
    {
        var json = Event("payment.declined", AttemptData);
        json["time"] = "2026-11-21T13:00:00.123456789+02:00";
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 11, 0, 0, 123, 456, TimeSpan.Zero), Read(json).Time);
    }

    [Fact]
    public void Read_DuplicateMembers_AreNamedWhereverTheyStand()
    {
        AssertRefused("""{ "specversion": "1.0", "id": "1", "id": "2" }""", "invalid_field", "/id");
        AssertRefused("""{ "data": { "payment": { "id": "1", "id": "1" } } }""", "invalid_field", "/data/payment/id");
        AssertRefused("""{ "data": [ { "a~/b": 1, "a~/b": 2 } ] }""", "invalid_field", "/data/0/a~0~1b");
    }

    [Fact]
    public void Read_NoJson_IsRefused()
    {
        foreach (var text in new[] { "", " ", "{", "[1,]", "nul", "{\"a\":1}x", "\ufeff{}", new string('[', 100) })
            Assert.Equal("invalid_json", Refusal(Encoding.UTF8.GetBytes(text)).Reason);
        Assert.Equal("invalid_json", Refusal([0x22, 0xff, 0x22]).Reason);
    }

    [Fact]
    public void Read_HalfASurrogatePair_IsRefusedAtItsPlace()
    {
        AssertRefused("""{ "id": "\ud800" }""", "invalid_field", "/id");
    }

    [Fact]
    public void Read_JsonThatIsNoObject_IsRefused()
    {
        foreach (var text in new[] { "null", "[]", "5", "\"text\"" }) AssertRefused(text, "invalid_field", "");
    }

    [Theory]
    [InlineData("/id")]
    [InlineData("/subject")]
    [InlineData("/extension")]
    [InlineData("/data/payment/id")]
    [InlineData("/data/account/email")]
    [InlineData("/data/account/nothing")]
    [InlineData("/data/shipping/city")]
    public void Read_CardNumberAnywhere_IsRefusedWithoutIt(string pointer)
    {
        var json = Attempt();
        var names = pointer.Split('/')[1..];
        var parent = names[..^1].Aggregate((JsonNode)json, (node, name) => node[name] ??= new JsonObject());
        parent[names[^1]] = CardNumber;
        var refusal = AssertRefused(json, "card_number", pointer);
        Assert.DoesNotContain("4111", refusal.ToString() + refusal.Errors[0]);
    }

    [Fact]
    public void Read_CardNumberAsNameOrNumberOrInBrokenJson_IsRefusedWithoutIt()
    {
        AssertRefused("""{ "data": { "4111111111111111": 1 } }""", "card_number", "/data");
        AssertRefused("""{ "data": { "a": 4111111111111111 } }""", "card_number", "/data/a");
        AssertRefused("""{ "data": { "a": "\u0034111 1111 1111 1111""", "card_number", "");
    }

    [Fact]
    public void Read_PhoneThatPassesForACardNumber_IsTaken()
    {
        var json = Attempt();
        json["data"]!["account"]!["phone"] = "4111111111111111";
        Assert.Equal("pay_1", Read(json).PaymentId);
    }

    [Fact]
    public void Read_LargeEvent_IsRefused()
    {
        var json = Attempt();
        json["subject"] = new string('x', EventJson.BytesMax);
        AssertRefused(json, "too_large", "");
    }

    [Fact]
    public void ReadBatch_OneWrongEvent_RefusesAllAndNamesIt()
    {
        var batch = new JsonArray(Attempt(), Event("payment.declined", """{ "payment": {} }"""), Event("payment.declined", "5"));
        var (events, refusal) = EventJson.ReadBatch(Bytes(batch), Now);
        Assert.Empty(events);
        Assert.Equal(["/1/data/payment/id", "/2/data"], refusal!.Errors.Select(error => error.Pointer));
    }

    [Fact]
    public void ReadBatch_OneToAHundred_AreTaken()
    {
        Assert.Equal(100, EventJson.ReadBatch(Bytes(Batch(100)), Now).Events.Count);
        Assert.NotNull(EventJson.ReadBatch(Bytes(Batch(101)), Now).Refusal);
        Assert.NotNull(EventJson.ReadBatch(Bytes(Batch(0)), Now).Refusal);
        Assert.NotNull(EventJson.ReadBatch(Bytes(Attempt()), Now).Refusal);
    }

    [Fact]
    public void ReadBatch_PhoneThatPassesForACardNumber_IsTaken()
    {
        var json = Attempt();
        json["data"]!["account"]!["phone"] = "4111111111111111";
        Assert.Single(EventJson.ReadBatch(Bytes(new JsonArray(json)), Now).Events);
    }

    [Fact]
    public void ContentHash_SameEventInOtherSpelling_IsEqual()
    {
        var one = """{"specversion":"1.0","type":"payment.declined","source":"/shop","id":"e1","time":"2026-11-21T10:00:00Z","data":{"payment":{"id":"\u0070ay_1"}}}""";
        var other = """{"data":{"payment":{"id":"pay_1","channel":null}},"traceid":"5","time":"2026-11-21T11:00:00.000+01:00","id":"e1","source":"/shop","type":"payment.declined","specversion":"1.0"}""";
        Assert.Equal(Read(Encoding.UTF8.GetBytes(one)).ContentHash(), Read(Encoding.UTF8.GetBytes(other)).ContentHash());
    }

    [Fact]
    public void ContentHash_OtherContent_Differs()
    {
        var hashes = new[]
        {
            Event("payment.declined", """{ "payment": { "id": "p" } }"""),
            Event("payment.authorized", """{ "payment": { "id": "p" } }"""),
            Event("payment.declined", """{ "payment": { "id": "q" } }"""),
            Event("payment.declined", """{ "payment": { "id": "p", "amount": { "minor": 0, "currency": "EUR" } } }"""),
            Event("payment.declined", """{ "payment": { "id": "p" }, "account": { "id": "-" } }"""),
        }.Select(json => Convert.ToHexString(Read(json).ContentHash()));
        Assert.Equal(5, hashes.Distinct().Count());
    }

    private const string AttemptData =
        """{ "payment": { "id": "pay_1", "amount": { "minor": 1250, "currency": "EUR" } }, "account": { "id": "a_7" } }""";

    private static JsonObject Attempt() => Event("payment.attempted", AttemptData);

    private static JsonObject Event(string type, string data) => new()
    {
        ["specversion"] = "1.0",
        ["type"] = type,
        ["source"] = "/shop",
        ["id"] = "e1",
        ["time"] = "2026-11-21T10:00:00Z",
        ["datacontenttype"] = "application/json",
        ["data"] = JsonNode.Parse(data),
    };

    private static JsonArray Batch(int count) => new([.. Enumerable.Range(0, count).Select(_ => Attempt())]);

    private const string AccountOnly = """{ "account": { "id": "a_7" } }""";

    private static JsonObject With(JsonObject json, string name, string value)
    {
        json[name] = value;
        return json;
    }

    private static JsonObject Without(JsonObject json, string name)
    {
        json.Remove(name);
        return json;
    }

    private static byte[] Bytes(JsonNode json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    private static PaymentEvent Read(JsonNode json) => Read(Bytes(json));

    private static PaymentEvent Read(byte[] json) => EventJson.Read(json, Now) switch
    {
        EventReading.Read read => read.Event,
        var refused => throw new InvalidOperationException(((EventReading.Refused)refused).Errors[0].ToString()),
    };

    private static EventReading.Refused Refusal(byte[] json) => Assert.IsType<EventReading.Refused>(EventJson.Read(json, Now));

    private static EventReading.Refused AssertRefused(JsonNode json, string reason, params string[] pointers) =>
        AssertRefused(json.ToJsonString(), reason, pointers);

    private static EventReading.Refused AssertRefused(string json, string reason, params string[] pointers)
    {
        var refusal = Refusal(Encoding.UTF8.GetBytes(json));
        Assert.Equal((reason, string.Join(' ', pointers.Order())), (refusal.Reason, string.Join(' ', refusal.Errors.Select(error => error.Pointer).Order())));
        return refusal;
    }
}
