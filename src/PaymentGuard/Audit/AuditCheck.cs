namespace PaymentGuard.Audit;

/// <summary>What is wrong with the chain, at the first place where anything is.</summary>
/// <param name="Entry">Number of the entry.</param>
internal sealed record AuditFault(long Entry, string Problem);

/// <summary>
/// Checks entries, given by number, one after the other: no gap, each link, and each checkpoint against the entry that it names. It stops
/// being of use at the first fault. Not thread safe.
/// </summary>
/// <param name="checkpoints">Those to compare with, by number.</param>
internal sealed class AuditCheck(byte[] key, IEnumerable<Checkpoint> checkpoints) : IDisposable
{
    private readonly AuditChain chain = new(key);
    private readonly IEnumerator<Checkpoint> next = checkpoints.GetEnumerator();
    private readonly byte[] expected = new byte[AuditChain.LinkSize];
    private readonly byte[] link = new byte[AuditChain.LinkSize];
    private int linkSize;
    private bool hasNext;
    private bool isBegun;

    /// <summary>Begins behind an entry that is known to be good.</summary>
    public AuditCheck(byte[] key, long number, ReadOnlySpan<byte> link) : this(key, [])
    {
        Number = number;
        linkSize = link.Length;
        link.CopyTo(this.link);
    }

    /// <summary>The last entry that was found good; 0 before the first.</summary>
    public long Number { get; private set; }

    /// <summary>Its link; empty before the first entry.</summary>
    public ReadOnlySpan<byte> Link => link.AsSpan(0, linkSize);

    /// <summary>The last entry that a checkpoint vouches for.</summary>
    public long Covered { get; private set; }

    /// <summary>Checkpoints that fit.</summary>
    public long Checkpoints { get; private set; }

    /// <summary>Null: the entry is the next one and as it was written.</summary>
    public AuditFault? Check(CopiedEntry entry)
    {
        var number = entry.Number;
        if (number != Number + 1) return OutOfOrder(number);
        chain.Link(Link, entry.Columns, expected);
        if (!entry.Link.SequenceEqual(expected)) return new AuditFault(number, "its link does not fit its columns and the entry before it");
        expected.CopyTo(link, 0);
        linkSize = AuditChain.LinkSize;
        Number = number;
        return CheckCheckpoints();
    }

    /// <summary>After the last entry: whether the head names it and no checkpoint names a later one.</summary>
    /// <param name="head">Null: the table holds none.</param>
    public AuditFault? End(AuditHead? head)
    {
        Begin();
        for (; hasNext; hasNext = next.MoveNext())
        {
            var missing = new AuditFault(Number + 1, $"it is missing, and all after it: a checkpoint of {next.Current.At:yyyy-MM-ddTHH:mm:ssZ} names {next.Current.Number} entries");
            if (next.Current.Number > Number) return missing;
        }
        if (head is null) return new AuditFault(Number, "audit_head has no row that names it as the last one");
        if (head.Number > Number) return new AuditFault(Number + 1, $"it is missing, and all after it: audit_head names {head.Number} entries");
        if (head.Number < Number) return new AuditFault(Math.Max(head.Number, 0) + 1, $"audit_head ends before it, at {head.Number}");
        return Link.SequenceEqual(head.Link) ? null : new AuditFault(Number, "audit_head has another link for it");
    }

    public void Dispose()
    {
        chain.Dispose();
        next.Dispose();
    }

    private AuditFault OutOfOrder(long number)
    {
        if (number > Number + 1) return new AuditFault(Number + 1, $"it is missing; the next one there is {number}");
        return number == Number && number > 0 ? new AuditFault(number, "its number comes twice") : new AuditFault(number, "it stands before the first one");
    }

    private AuditFault? CheckCheckpoints()
    {
        Begin();
        for (; hasNext && next.Current.Number == Number; hasNext = next.MoveNext())
        {
            if (!Link.SequenceEqual(next.Current.Link))
                return new AuditFault(Covered + 1, $"it or one up to {Number} was written anew: the checkpoint of {next.Current.At:yyyy-MM-ddTHH:mm:ssZ} has another link for {Number}");
            Covered = Number;
            Checkpoints++;
        }
        return null;
    }

    private void Begin()
    {
        if (isBegun) return;
        isBegun = true;
        hasNext = next.MoveNext();
    }
}

/// <summary>The row of <c>audit_head</c>.</summary>
internal sealed record AuditHead(long Number, byte[] Link);
