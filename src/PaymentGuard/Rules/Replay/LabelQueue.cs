namespace PaymentGuard.Rules.Replay;

/// <summary>The labels of payments that have been replayed and are not yet known. Not thread safe.</summary>
/// <param name="frauds">The numbers of the payments that were frauds.</param>
internal sealed class LabelQueue(IReadOnlySet<long> frauds)
{
    /// <summary>How long after a payment it becomes known that it was a fraud.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromDays(7);

    private readonly Queue<HistoricPayment> expected = new();

    /// <summary>Takes note of the next payment; none may be earlier than the one before.</summary>
    public void Expect(in HistoricPayment payment)
    {
        if (frauds.Contains(payment.Number)) expected.Enqueue(payment);
    }

    /// <summary>Takes out the frauds that are known by then, what becomes known at that very moment included.</summary>
    public IEnumerable<HistoricPayment> KnownBy(DateTimeOffset time)
    {
        while (AnyKnownBy(time)) yield return expected.Dequeue();
    }

    public bool AnyKnownBy(DateTimeOffset time) => expected.TryPeek(out var next) && next.Time + Delay <= time;
}
