using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using PaymentGuard.Cli.Simulation;
using PaymentGuard.Events;
using PaymentGuard.Rules.Replay;

namespace PaymentGuard.Cli.Replay;

/// <summary>
/// Sends a history to Kafka and takes the decisions from there. Kafka keeps the order of one customer; payments of different customers at
/// one terminal may be decided in another order than the history's.
/// </summary>
internal sealed class KafkaReplay : IServiceReplay
{
    private readonly EventProducer producer;
    private readonly DecisionReader decisions;
    private readonly HistoryMessages messages;
    private readonly LabelQueue labels;

    public KafkaReplay(string brokers, HistoryMessages messages, LabelQueue labels)
    {
        KafkaLibrary.Use();
        producer = new EventProducer(brokers, "paymentguard-replay", NullLogger.Instance);
        decisions = new DecisionReader(brokers, _ => { });
        this.messages = messages;
        this.labels = labels;
    }

    public async Task<IReadOnlyList<Answer>> Send(HistoricPayment[] payments, CancellationToken ct)
    {
        await producer.Send(KafkaTopics.Events, [.. payments.SelectMany(MessagesUntil)]);
        string[] ids = [.. payments.Select(payment => messages.PaymentId(payment))];
        await decisions.WaitFor(ids, ct);
        if (ids.FirstOrDefault(id => !decisions.Answers.ContainsKey(id)) is { } undecided)
            throw new TimeoutException($"No decision about {undecided} came on {KafkaTopics.Decisions}.");
        return [.. ids.Select(id => decisions.Answers[id])];
    }

    public void Dispose()
    {
        decisions.Dispose();
        producer.Dispose();
    }

    /// <summary>The labels that are known by the payment's time, and the payment.</summary>
    private IEnumerable<Message<byte[]?, byte[]>> MessagesUntil(HistoricPayment payment)
    {
        foreach (var label in labels.KnownBy(payment.Time)) yield return Message(label, messages.LabelEvent(label));
        labels.Expect(payment);
        yield return Message(payment, messages.AttemptEvent(payment));
    }

    private Message<byte[]?, byte[]> Message(in HistoricPayment payment, byte[] json) =>
        new() { Key = Encoding.UTF8.GetBytes(messages.AccountId(payment)), Value = json };
}
