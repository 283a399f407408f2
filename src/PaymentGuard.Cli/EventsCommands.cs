using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PaymentGuard.Events;
using PaymentGuard.Platform;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard events</c>: what was rejected, and sending it again.</summary>
internal static class EventsCommands
{
    public static Command Create() => new("events", "Events that were rejected") { CreateRejected(), CreateRetry() };

    private static Command CreateRejected()
    {
        var (reason, json) = (Reason("Only those of this reason"), CommonOptions.Json());
        var command = new Command("rejected", $"List what stands in {KafkaTopics.Rejected}, without its payload") { reason, json };
        command.SetAction(parsed =>
        {
            var rejected = Open().List().Where(rejected => parsed.GetValue(reason) is not { } wanted || rejected.Reason == wanted);
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(rejected.Select(Summary)));
            else foreach (var entry in rejected) Console.WriteLine(Line(entry));
        });
        return command;
    }

    private static Command CreateRetry()
    {
        var (reason, json) = (Reason("Only those of this reason, such as payment_content_differs"), CommonOptions.Json());
        var dryRun = new Option<bool>("--dry-run") { Description = "Send nothing, say what would be sent" };
        var command = new Command("retry", $"Send what was rejected since the last retry to {KafkaTopics.Events} again") { reason, dryRun, json };
        command.SetAction(async (parsed, ct) =>
        {
            var isDryRun = parsed.GetValue(dryRun);
            var result = await Open().Retry(parsed.GetValue(reason), isDryRun, ct);
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(new { sent = result.Sent, withoutPayload = result.WithoutPayload, passedOver = result.PassedOver, dryRun = isDryRun }));
            else Console.WriteLine(Sentence(result, isDryRun));
        });
        return command;
    }

    private static Option<string?> Reason(string description) => new("--reason") { Description = description };

    private static RejectedTopic Open()
    {
        KafkaLibrary.Use();
        var kafka = Settings.FromEnvironment().Kafka ?? throw new SettingException("PAYMENTGUARD_KAFKA is not set: host:port of Kafka.");
        return new RejectedTopic(kafka, NullLogger.Instance);
    }

    private static object Summary(RejectedEvent entry) => new
    {
        reason = entry.Reason,
        errors = entry.Errors.Select(error => new { pointer = error.Pointer, detail = error.Detail }),
        topic = entry.Topic,
        partition = entry.Partition,
        offset = entry.Offset,
        rejectedAt = entry.RejectedAt,
        hasPayload = entry.Payload is not null,
    };

    private static string Line(RejectedEvent entry) => string.Create(CultureInfo.InvariantCulture,
        $"{entry.RejectedAt:yyyy-MM-dd HH:mm:ss}Z  {entry.Topic}/{entry.Partition}/{entry.Offset}  {entry.Reason}{(entry.Payload is null ? " (no payload)" : "")}: {entry.Detail}");

    private static string Sentence(RetryResult result, bool isDryRun) =>
        $"{result.Sent} {(isDryRun ? "would be sent" : "sent")} again, {result.WithoutPayload} without a payload that could be, {result.PassedOver} of other reasons.";
}
