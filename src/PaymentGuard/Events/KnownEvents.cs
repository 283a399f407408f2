using PaymentGuard.Assessments;
using PaymentGuard.Platform;

namespace PaymentGuard.Events;

/// <summary>
/// Compares a batch with itself and with what is recorded before anything is done with it, so that by HTTP a contradiction refuses the
/// whole. Another process may still be faster; then <see cref="RecordEvents"/> finds the contradiction.
/// </summary>
internal sealed class KnownEvents(EventStore store, AssessmentTable assessments, DataKeys keys)
{
    /// <param name="Conflicts">For each event that contradicts: its place in the batch and why.</param>
    /// <param name="RepeatedAttempts">How many attempts are assessed already, or stand in the batch before.</param>
    public sealed record Comparison(IReadOnlyList<(int Index, EventOutcome.Refused Refusal)> Conflicts, int RepeatedAttempts);

    public async Task<Comparison> Compare(IReadOnlyList<PaymentEvent> events, CancellationToken ct)
    {
        var attempts = events.Index().Where(entry => entry.Item.Type.Kind == EventKind.Attempt).ToList();
        var others = events.Index().Where(entry => entry.Item.Type.Kind != EventKind.Attempt).ToList();
        var (conflicts, repeated) = await CompareAttempts(attempts, ct);
        return new Comparison([.. conflicts, .. await CompareOthers(others, ct)], repeated);
    }

    private async Task<(List<(int, EventOutcome.Refused)>, int Repeated)> CompareAttempts(List<(int Index, PaymentEvent Event)> attempts, CancellationToken ct)
    {
        var (conflicts, repeated) = (new List<(int, EventOutcome.Refused)>(), 0);
        if (attempts.Count == 0) return (conflicts, repeated);
        var rows = await assessments.OfPayments([.. attempts.Select(attempt => attempt.Event.Data.Payment.Id).Distinct()], ct);
        var first = rows.ToDictionary(row => row.Key, row => keys.Decrypt(row.Value.Request, AssessmentRow.RequestPlace(row.Value.Id)), StringComparer.Ordinal);
        foreach (var (index, attempt) in attempts)
        {
            var content = AttemptContent.Of(attempt.Data).Json;
            if (first.TryAdd(attempt.Data.Payment.Id, content)) continue;
            repeated++;
            var differing = AttemptContent.DifferingFields(first[attempt.Data.Payment.Id], content);
            if (differing.Count > 0) conflicts.Add((index, EventOutcome.Refused.PaymentDiffers(differing)));
        }
        return (conflicts, repeated);
    }

    private async Task<IEnumerable<(int, EventOutcome.Refused)>> CompareOthers(List<(int Index, PaymentEvent Event)> others, CancellationToken ct)
    {
        if (others.Count == 0) return [];
        var firsts = others.DistinctBy(other => other.Event.Identity).ToDictionary(other => other.Event.Identity, other => other.Event);
        var known = (await store.Differing([.. firsts.Values], ct)).Select(differing => differing.Identity).ToHashSet();
        return others
            .Where(other => known.Contains(other.Event.Identity) || !other.Event.ContentHash().AsSpan().SequenceEqual(firsts[other.Event.Identity].ContentHash()))
            .Select(other => (other.Index, EventOutcome.Refused.EventDiffers));
    }
}
