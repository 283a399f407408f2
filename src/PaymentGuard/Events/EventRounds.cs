namespace PaymentGuard.Events;

/// <summary>Events of one batch that may be worked on at once: all are attempts, or none is.</summary>
/// <param name="Indexes">Their places in the batch, in its order.</param>
internal sealed record EventRound(bool IsAttempts, IReadOnlyList<int> Indexes);

/// <summary>
/// Cuts a batch into rounds, one after the other. An attempt must see what was told before it about its account, its card or its
/// device, and an outcome must come after its attempt; attempts alone need no such care, as each is logged when it is started. So a
/// new round begins only where the kinds alternate on one entity.
/// </summary>
internal static class EventRounds
{
    public static IReadOnlyList<EventRound> Of(IReadOnlyList<PaymentEvent> events)
    {
        var rounds = new List<List<int>>();
        var roundOf = new Dictionary<(char Kind, string Id), int>();
        var attempts = new Dictionary<string, PaymentEvent>(StringComparer.Ordinal);
        for (var index = 0; index < events.Count; index++)
        {
            var entities = Entities(events[index], attempts);
            var round = RoundOf(events[index].Type.Kind, entities, roundOf);
            foreach (var entity in entities) roundOf[entity] = round;
            while (rounds.Count <= round) rounds.Add([]);
            rounds[round].Add(index);
        }
        return [.. rounds.Select((indexes, round) => new EventRound(IsForAttempts(round), indexes)).Where(round => round.Indexes.Count > 0)];
    }

    private static bool IsForAttempts(int round) => round % 2 == 0;

    private static int RoundOf(EventKind kind, List<(char, string)> entities, Dictionary<(char, string), int> roundOf)
    {
        var latest = entities.Max(entity => roundOf.GetValueOrDefault(entity));
        return IsForAttempts(latest) == (kind == EventKind.Attempt) ? latest : latest + 1;
    }

    /// <summary>What an event concerns; an outcome also what its attempt does, if that is in the batch.</summary>
    private static List<(char Kind, string Id)> Entities(PaymentEvent payment, Dictionary<string, PaymentEvent> attempts)
    {
        var entities = new List<(char, string)>(8);
        AddEntities(entities, payment);
        if (payment.PaymentId is not { } id) return entities;
        if (payment.Type.Kind == EventKind.Attempt) attempts[id] = payment;
        else if (attempts.TryGetValue(id, out var attempt)) AddEntities(entities, attempt);
        return entities;
    }

    private static void AddEntities(List<(char, string)> entities, PaymentEvent payment)
    {
        if (payment.Key is { } key) entities.Add(('k', key));
        if (payment.PaymentId is { } id) entities.Add(('p', id));
        if (payment.AccountId is { } account) entities.Add(('a', account));
        if (payment.Data.Card?.Token is { } card) entities.Add(('c', card));
        if (payment.Data.Device?.Id is { } device) entities.Add(('d', device));
    }
}
