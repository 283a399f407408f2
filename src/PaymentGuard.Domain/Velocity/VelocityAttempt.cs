using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Domain.Velocity;

/// <summary>
/// A payment as the logs see it: when, under which hash, for how much, for which entities, with which partners. It also carries what the
/// store found out. Not thread safe; meant to be pooled: <see cref="Fill"/> makes it another payment's.
/// </summary>
public sealed class VelocityAttempt
{
    private readonly Func<PaymentAttempt, IReferenceData, string?>[] readers;
    private readonly IdentifierHash[] hashes;

    public VelocityAttempt(VelocitySettings settings)
    {
        Settings = settings;
        readers = [.. settings.Identifiers.Select(EntityIdentifiers.Reader)];
        hashes = new IdentifierHash[readers.Length];
    }

    public VelocitySettings Settings { get; }

    /// <summary>When the payment was attempted, milliseconds since 1970, rounded down.</summary>
    public long TimeMs { get; private set; }

    public ulong EventHash { get; private set; }

    /// <summary>Minor units of the base currency; 0 without a rate.</summary>
    public uint Amount { get; private set; }

    /// <summary>See <see cref="RecordFlags"/>.</summary>
    public byte Flags { get; private set; }

    /// <summary>Bit n: the payment names entity n.</summary>
    public ulong Present { get; private set; }

    /// <summary>Bit n: the velocities of entity n could not be read by the deadline, or not for certain.</summary>
    public ulong Unavailable { get; set; }

    /// <summary>Bit n: the attempt's record is the first about this payment that stands raw in the log of entity n. If PostgreSQL decided the
    /// payment long before, the original is compacted there and the record needs a void, see <see cref="VelocityEvent.Void"/>.</summary>
    public ulong FirstHere { get; set; }

    /// <summary>Which slots of the signals hold a value that is not exact.</summary>
    public ApproximateSlots Approximate { get; } = new();

    public static VelocityAttempt Create(VelocitySettings settings, EntityHasher hasher, PaymentAttempt attempt, DateTimeOffset time, IReferenceData reference)
    {
        var result = new VelocityAttempt(settings);
        result.Fill(hasher, attempt, time, reference);
        return result;
    }

    /// <param name="time">When the buyer pressed pay; the server's clock when the payment does not tell.</param>
    public void Fill(EntityHasher hasher, PaymentAttempt attempt, DateTimeOffset time, IReferenceData reference)
    {
        TimeMs = time.ToUnixTimeMilliseconds();
        EventHash = hasher.OfPayment(attempt.Payment.Id);
        SetAmount(reference.InBaseCurrency(attempt.Payment.Amount, time));
        Present = Unavailable = FirstHere = 0;
        Approximate.Clear();
        for (var index = 0; index < readers.Length; index++)
        {
            var text = readers[index](attempt, reference);
            hashes[index] = text is null ? default : hasher.OfIdentifier(Settings.Identifiers[index], text);
            if (text is not null && index < Settings.Entities.Length) Present |= 1UL << index;
        }
    }

    public bool Has(int entity) => (Present >> entity & 1) != 0;

    public EntityKey KeyOf(int entity) => new(Settings.Entities[entity].Letter, hashes[entity].Key);

    /// <summary>The hash of the entity's nth partner; 0 when the payment does not name it or the entity has none.</summary>
    public uint PartnerOf(int entity, int partner)
    {
        var identifiers = Settings.PartnerIdentifiers[entity];
        return partner < identifiers.Length ? hashes[identifiers[partner]].Partner : 0;
    }

    /// <summary>What is appended to the entity's log.</summary>
    public VelocityRecord RecordOf(int entity) =>
        new(TimeMs, RecordKind.Attempt, Flags, EventHash, Amount, PartnerOf(entity, 0), PartnerOf(entity, 1), PartnerOf(entity, 2));

    private void SetAmount(Money? amount)
    {
        Amount = (uint)Math.Clamp(amount?.Minor ?? 0, 0, uint.MaxValue);
        Flags = amount is null ? RecordFlags.NoRate : amount.Value.Minor > uint.MaxValue ? RecordFlags.Saturated : (byte)0;
    }
}

/// <summary>A set of signal slots.</summary>
public sealed class ApproximateSlots
{
    private ulong[] bits = [];

    public bool Contains(int slot) => slot >> 6 < bits.Length && (bits[slot >> 6] >> slot & 1) != 0;

    internal void Add(int slot)
    {
        if (slot >> 6 >= bits.Length) Array.Resize(ref bits, (slot >> 6) + 1);
        bits[slot >> 6] |= 1UL << slot;
    }

    internal void Clear() => Array.Clear(bits);
}
