namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>An attempt, outcome or account event of a log, once, as windows count it. Ordered by time; the event hash makes the order the same however the records came.</summary>
internal struct LogItem : IComparable<LogItem>
{
    public long AtMs;
    public ulong EventHash;
    public uint Amount;

    /// <summary>Its record in the log, which has the partners; −1 when the attempt is not in the log.</summary>
    public int Record;

    /// <summary>Its entry in the <see cref="EventIndex"/>.</summary>
    public int Event;

    public byte Flags;
    public byte Code;

    public readonly int CompareTo(LogItem other) => AtMs != other.AtMs ? AtMs.CompareTo(other.AtMs) : EventHash.CompareTo(other.EventHash);
}

/// <summary>What the issuer and others said of one payment, the latest word of each. Ties of time go to the larger rank.</summary>
internal struct OutcomeState
{
    public Word Issuer;
    public Word Fraud;
    public Word Chargeback;
    public uint Amount;
    public byte Flags;
    public int Event;

    public readonly AttemptOutcome Outcome => (AttemptOutcome)Issuer.Code;

    public readonly bool IsFraud => Fraud.Code == VelocityEventType.FraudReported.Code();

    /// <param name="index">Where in the log the record stands.</param>
    public void Hear(in VelocityRecord record, int index)
    {
        if (record.Kind == RecordKind.Outcome) Issuer.Hear(record, index);
        else if (record.Code == VelocityEventType.ChargedBack.Code()) Chargeback.Hear(record, index);
        else Fraud.Hear(record, index);
    }

    /// <summary>One of several words that contradict each other; code 0 is none yet.</summary>
    public struct Word
    {
        public long AtMs;
        public uint Rank;
        public byte Code;
        public int Record;

        public void Hear(in VelocityRecord record, int index)
        {
            if (Code != 0 && (record.TimeMs, record.TieRank, record.Code).CompareTo((AtMs, Rank, Code)) <= 0) return;
            AtMs = record.TimeMs;
            Rank = record.TieRank;
            Code = record.Code;
            Record = index;
        }
    }
}
