using Confluent.Kafka;

namespace PaymentGuard.Events;

/// <summary>How PaymentGuard's producers and consumers are set up.</summary>
internal static class KafkaClients
{
    public const string ConsumerGroup = "paymentguard", RetryGroup = "paymentguard-retry";

    /// <summary>
    /// A producer that neither loses nor doubles what it was given while it lives: it goes on trying for ever, so an absent broker
    /// shows as a delivery that does not come.
    /// </summary>
    public static IProducer<byte[]?, byte[]> Producer(string bootstrap, string clientId, Action<Error> onError) =>
        new ProducerBuilder<byte[]?, byte[]>(ProducerSettings(bootstrap, clientId))
            .SetErrorHandler((_, error) => onError(error))
            .SetLogHandler((_, _) => { })           // errors come through the handler above; the library's own lines name hosts only
            .Build();

    /// <summary>
    /// A member of <see cref="ConsumerGroup"/>. Offsets that were stored with <c>StoreOffset</c> are committed each second, on
    /// rebalance and on close; nothing else is.
    /// </summary>
    public static ConsumerBuilder<byte[]?, byte[]?> Consumer(string bootstrap) => new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
    {
        BootstrapServers = bootstrap,
        GroupId = ConsumerGroup,
        ClientId = "paymentguard-events",
        EnableAutoCommit = true,
        AutoCommitIntervalMs = 1_000,
        EnableAutoOffsetStore = false,
        AutoOffsetReset = AutoOffsetReset.Earliest,
        AllowAutoCreateTopics = true,
        PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
        SessionTimeoutMs = 6_000,
        HeartbeatIntervalMs = 1_500,
        FetchWaitMaxMs = 50,
        FetchErrorBackoffMs = 100,
        QueuedMaxMessagesKbytes = 32 * 1024,
        ReconnectBackoffMs = 50,
        ReconnectBackoffMaxMs = 1_000,
        SocketTimeoutMs = 10_000,
        SocketKeepaliveEnable = true,
    });

    /// <summary>A consumer that is told its partitions and commits by hand, for the command line.</summary>
    public static IConsumer<byte[]?, byte[]?> Reader(string bootstrap, string group) => new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
    {
        BootstrapServers = bootstrap,
        GroupId = group,
        EnableAutoCommit = false,
        EnableAutoOffsetStore = false,
        AutoOffsetReset = AutoOffsetReset.Earliest,
        EnablePartitionEof = true,
        FetchWaitMaxMs = 50,
    }).SetLogHandler((_, _) => { }).Build();

    public static IAdminClient Admin(string bootstrap) =>
        new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap, SocketTimeoutMs = 10_000 })
            .SetLogHandler((_, _) => { }).Build();

    private static ProducerConfig ProducerSettings(string bootstrap, string clientId) => new()
    {
        BootstrapServers = bootstrap,
        ClientId = clientId,
        EnableIdempotence = true,
        Acks = Acks.All,
        MessageTimeoutMs = 0,
        LingerMs = 5,
        BatchNumMessages = 10_000,
        CompressionType = CompressionType.Lz4,
        // The partitioner of the Java client: every producer puts one account on one partition.
        Partitioner = Partitioner.Murmur2Random,
        DeliveryReportFields = "none",
        QueueBufferingMaxMessages = 200_000,
        ReconnectBackoffMs = 50,
        ReconnectBackoffMaxMs = 1_000,
        SocketKeepaliveEnable = true,
    };
}
