using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace PaymentGuard.Events;

/// <summary>
/// Sends messages and tells when Kafka has acknowledged them. Nothing is lost or doubled while the producer lives: an absent broker
/// is waited for, without end. Thread safe.
/// </summary>
internal sealed partial class EventProducer : IDisposable
{
    private readonly IProducer<byte[]?, byte[]> producer;
    private readonly ILogger logger;
    private Error? fatal;

    public EventProducer(string bootstrap, string clientId, ILogger logger)
    {
        this.logger = logger;
        producer = KafkaClients.Producer(bootstrap, clientId, OnError);
    }

    /// <summary>Ends when all are acknowledged.</summary>
    /// <exception cref="KafkaException">The broker refuses a message, or this producer is broken: another one has to be made.</exception>
    public Task Send(string topic, IReadOnlyCollection<Message<byte[]?, byte[]>> messages)
    {
        if (fatal is { } error) throw new KafkaException(error);
        if (messages.Count == 0) return Task.CompletedTask;
        var delivery = new Delivery(messages.Count);
        foreach (var message in messages) Produce(topic, message, delivery);
        return delivery.Completed;
    }

    /// <summary>Gives what is under way a moment to arrive.</summary>
    public void Dispose()
    {
        producer.Flush(TimeSpan.FromSeconds(1));
        producer.Dispose();
    }

    private void Produce(string topic, Message<byte[]?, byte[]> message, Delivery delivery)
    {
        try { producer.Produce(topic, message, report => delivery.Done(report.Error)); }
        catch (ProduceException<byte[]?, byte[]> refusal) { delivery.Done(refusal.Error); }
    }

    private void OnError(Error error)
    {
        if (error.IsFatal) fatal = error;
        LogError(logger, error.Code, error.IsFatal);
    }

    [LoggerMessage(LogLevel.Warning, "Kafka producer: {Code}, fatal: {IsFatal}")]
    private static partial void LogError(ILogger logger, ErrorCode code, bool isFatal);

    /// <summary>Counts the acknowledgements of one call.</summary>
    private sealed class Delivery(int count)
    {
        private readonly TaskCompletionSource completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int outstanding = count;
        private Error? failure;

        public Task Completed => completed.Task;

        public void Done(Error error)
        {
            if (error.IsError) failure = error;
            if (Interlocked.Decrement(ref outstanding) > 0) return;
            if (failure is null) completed.SetResult();
            else completed.SetException(new KafkaException(failure));
        }
    }
}
