using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace PaymentGuard.Events;

/// <summary>The topics that PaymentGuard reads and writes. All are keyed by account id.</summary>
internal static class KafkaTopics
{
    /// <summary>CloudEvents about payments and accounts, written by the platform.</summary>
    public const string Events = "payments.events";

    /// <summary>What could not be taken from <see cref="Events"/>, with the reason; see <see cref="RejectedEvent"/>.</summary>
    public const string Rejected = "payments.events.rejected";

    /// <summary>One CloudEvent <c>risk.assessed</c> for every assessment.</summary>
    public const string Decisions = "risk.decisions";

    private const int PartitionCount = 6, BrokersDefault = -1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Creates the topics that are absent. A broker that cannot be asked to creates them when they are first used.</summary>
    /// <exception cref="KafkaException">The brokers did not answer.</exception>
    public static async Task Ensure(string bootstrap)
    {
        using var admin = KafkaClients.Admin(bootstrap);
        var known = admin.GetMetadata(Patience).Topics.Select(topic => topic.Topic).ToHashSet();
        var absent = new[] { Events, Rejected, Decisions }.Where(topic => !known.Contains(topic)).ToList();
        if (absent.Count == 0) return;
        try
        {
            await admin.CreateTopicsAsync(absent.Select(Specification), new CreateTopicsOptions { OperationTimeout = Patience });
        }
        catch (CreateTopicsException refusal) when (refusal.Results.All(result => CreatedOtherwise(result.Error.Code)))
        {
            // Another process was first, or the broker makes topics on their first use only.
        }
    }

    private static TopicSpecification Specification(string topic) =>
        new() { Name = topic, NumPartitions = PartitionCount, ReplicationFactor = BrokersDefault };

    private static bool CreatedOtherwise(ErrorCode code) =>
        code is ErrorCode.NoError or ErrorCode.TopicAlreadyExists or ErrorCode.Local_UnsupportedFeature or ErrorCode.UnsupportedVersion;
}
