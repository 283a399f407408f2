using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Domain.Velocity;

/// <summary>What is appended to the logs of one payment's or account event's entities without being assessed.</summary>
public sealed class VelocityEvent
{
    private readonly List<(EntityKey Key, int Entity, VelocityRecord Record)> records = [];

    private VelocityEvent(VelocitySettings settings) => Settings = settings;

    public VelocitySettings Settings { get; }

    /// <summary>One for each log.</summary>
    public IReadOnlyList<(EntityKey Key, int Entity, VelocityRecord Record)> Records => records;

    /// <summary>The attempt itself, for repairs and rebuilds: as an assessment appends it.</summary>
    public static VelocityEvent Attempt(VelocityAttempt attempt) => Of(attempt, ulong.MaxValue, attempt.RecordOf);

    /// <summary>What became of an attempt.</summary>
    /// <param name="attempt">The payment, with the time it was attempted.</param>
    /// <param name="tieRank">Decides between contradicting outcomes of one payment and millisecond: the larger holds.</param>
    public static VelocityEvent Outcome(VelocityAttempt attempt, VelocityEventType type, DateTimeOffset time, uint tieRank)
    {
        if (type.Kind() is not (RecordKind.Outcome or RecordKind.Label)) throw new ArgumentException($"{type} is not what becomes of a payment.", nameof(type));
        var record = new VelocityRecord(
            time.ToUnixTimeMilliseconds(), type.Kind(), (byte)(type.Code() | attempt.Flags), attempt.EventHash, attempt.Amount, tieRank);
        return Of(attempt, ulong.MaxValue, _ => record);
    }

    /// <summary>Something that happened to an account.</summary>
    /// <param name="source">Of the event; with its id it is the same event, however often it comes.</param>
    public static VelocityEvent Activity(
        VelocitySettings settings, EntityHasher hasher, VelocityEventType type, string source, string id, DateTimeOffset time,
        AccountFacts account, DeviceFacts? device, IReferenceData reference)
    {
        if (type.Kind() != RecordKind.Activity) throw new ArgumentException($"{type} does not happen to an account.", nameof(type));
        var facts = new PaymentAttempt(new PaymentFacts(id, new Money(0, Currencies.Base)), account, Device: device);
        var about = VelocityAttempt.Create(settings, hasher, facts, time, reference);
        var hash = hasher.OfEvent(source, id);
        return Of(about, ulong.MaxValue, entity => new VelocityRecord(
            about.TimeMs, RecordKind.Activity, type.Code(), hash, 0, about.PartnerOf(entity, 0), about.PartnerOf(entity, 1), about.PartnerOf(entity, 2)));
    }

    /// <summary>
    /// Undoes a repeated attempt where the original is compacted already. Only for a payment that was decided, and whose velocities were applied,
    /// more than a minute ago: among attempts of the same moment the first one stands for all.
    /// </summary>
    /// <param name="entities">Bit n: entity n; usually <see cref="VelocityAttempt.FirstHere"/>.</param>
    public static VelocityEvent Void(VelocityAttempt attempt, ulong entities)
    {
        var record = new VelocityRecord(attempt.TimeMs, RecordKind.Void, 0, attempt.EventHash, 0);
        return Of(attempt, entities, _ => record);
    }

    private static VelocityEvent Of(VelocityAttempt attempt, ulong entities, Func<int, VelocityRecord> record)
    {
        var result = new VelocityEvent(attempt.Settings);
        for (var entity = 0; entity < attempt.Settings.Entities.Length; entity++)
            if (attempt.Has(entity) && (entities >> entity & 1) != 0) result.records.Add((attempt.KeyOf(entity), entity, record(entity)));
        return result;
    }
}
