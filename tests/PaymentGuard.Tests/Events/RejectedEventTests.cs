using System.Text;
using System.Text.Json.Nodes;
using PaymentGuard.Assessments;
using PaymentGuard.Events;

namespace PaymentGuard.Tests.Events;

public class RejectedEventTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void ToJson_ReadablePayload_IsKeptAsText()
    {
        var json = JsonNode.Parse(Rejected("{ \"id\": \"ä\" }"u8.ToArray()).ToJson())!;
        Assert.Equal("{ \"id\": \"ä\" }", json["payload"]!.GetValue<string>());
        Assert.Equal(("invalid_field", "/id must be a text; /time is required", "payments.events", 3, 17L),
            (json["reason"]!.GetValue<string>(), json["detail"]!.GetValue<string>(), json["topic"]!.GetValue<string>(),
                json["partition"]!.GetValue<int>(), json["offset"]!.GetValue<long>()));
    }

    [Fact]
    public void FromJson_WhatToJsonWrote_IsTheSame()
    {
        foreach (var payload in new byte[]?[] { null, [], [0xff, 0xfe, 0x00], Encoding.UTF8.GetBytes("\u0000 \ud83d\ude00 \"\\") })
        {
            var rejected = Rejected(payload);
            var read = RejectedEvent.FromJson(rejected.ToJson())!;
            Assert.Equal(payload, read.Payload);
            Assert.Equal(rejected.Errors, read.Errors);
            Assert.Equal(rejected with { Errors = read.Errors, Payload = read.Payload }, read);
        }
    }

    [Fact]
    public void FromJson_OtherMessages_AreNone()
    {
        foreach (var text in new[] { "", "null", "5", "[]", "{}", "{\"reason\":5}", "{\"reason\":\"r\",\"errors\":{}}" })
            Assert.Null(RejectedEvent.FromJson(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void MayKeepPayload_ACardNumberOrTooLarge_No()
    {
        Assert.False(RejectedEvent.MayKeepPayload("card_number"));
        Assert.False(RejectedEvent.MayKeepPayload("too_large"));
        Assert.True(RejectedEvent.MayKeepPayload("payment_content_differs"));
    }

    private static RejectedEvent Rejected(byte[]? payload) => new(
        "invalid_field", [new FieldError("/id", "must be a text"), new FieldError("/time", "is required")], "payments.events", 3, 17, At, payload);
}
