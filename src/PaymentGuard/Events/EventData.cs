using System.Text;
using System.Text.Json.Nodes;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Events;

/// <summary>
/// The data of an event. Every type has the attempt's fields, but not all have to be there; so what may be absent is filled in, the
/// whole is read as strictly as an attempt, and what was filled in is taken out again.
/// </summary>
internal static class EventData
{
    private static readonly string[] OfPaymentsOnly = ["payment", "merchant", "card", "shipping", "billing", "sca", "deadlineMs"];

    /// <summary>Null with at least one error; pointers start at the data.</summary>
    public static PaymentAttempt? Read(
        EventType type, ReadOnlySpan<byte> data, DateTimeOffset now, out IReadOnlyList<FieldError> errors, out string reason)
    {
        if (type.Kind == EventKind.Attempt) return PaymentJson.TryRead(data, now, out var attempt, out errors, out reason) ? attempt : null;
        var root = JsonNode.Parse(data)!.AsObject();
        (errors, reason) = (type.Kind == EventKind.Activity ? ActivityErrors(type, root) : [], RejectionReason.InvalidField);
        return errors.Count > 0 ? null : ReadPartial(type.Kind, root, now, out errors, out reason);
    }

    private static List<FieldError> ActivityErrors(EventType type, JsonObject root)
    {
        var errors = OfPaymentsOnly.Where(root.ContainsKey).Select(name => new FieldError("/" + name, "is no field of this type of event")).ToList();
        var isBound = root["device"] is { } device && (device is not JsonObject facts || facts["id"] is not null);
        if (type.Name == EventType.DeviceBound && !isBound) errors.Add(new FieldError("/device/id", "is required"));
        return errors;
    }

    private static PaymentAttempt? ReadPartial(
        EventKind kind, JsonObject root, DateTimeOffset now, out IReadOnlyList<FieldError> errors, out string reason)
    {
        var payment = kind == EventKind.Activity && Fill(root, "payment", """{ "id": "-" }""");
        var amount = root["payment"] is JsonObject told && Fill(told, "amount", """{ "minor": 0, "currency": "EUR" }""");
        var account = kind == EventKind.Outcome
            && (Fill(root, "account", """{ "id": "-" }""") || root["account"] is JsonObject holder && Fill(holder, "id", "\"-\""));
        if (!PaymentJson.TryRead(Encoding.UTF8.GetBytes(root.ToJsonString()), now, out var whole, out errors, out reason)) return null;
        return whole! with
        {
            Payment = whole.Payment with { Id = payment ? string.Empty : whole.Payment.Id, Amount = amount ? default : whole.Payment.Amount },
            Account = whole.Account with { Id = account ? string.Empty : whole.Account.Id },
        };
    }

    /// <summary>Gives an object a member that it lacks; true when it lacked it.</summary>
    private static bool Fill(JsonObject target, string name, string json)
    {
        if (target[name] is not null) return false;
        target[name] = JsonNode.Parse(json);
        return true;
    }
}
