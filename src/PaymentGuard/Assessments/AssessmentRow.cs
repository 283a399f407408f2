using System.Text;
using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Sca;
using PaymentGuard.Sca;

namespace PaymentGuard.Assessments;

/// <summary>One assessment as it is stored, in PostgreSQL and before that in the spool.</summary>
/// <param name="Id">UUID version 7; the answer spells it <c>asm_</c> and 32 hexadecimal digits.</param>
/// <param name="ContentHash">Of the attempt, see <see cref="AttemptContent"/>.</param>
/// <param name="AmountMinor">In the minor unit of <paramref name="Currency"/>.</param>
/// <param name="RuleSet">Hash of the rules that decided.</param>
/// <param name="Request">The attempt's JSON, encrypted for <see cref="RequestPlace"/>.</param>
/// <param name="Signals">The velocities as served, see <see cref="ServedSignals"/>.</param>
/// <param name="Answer">The answer's JSON with <c>recorded</c> true.</param>
/// <param name="VelocityApplied">False: the attempt may be missing in some velocity log.</param>
/// <param name="ChallengeId">The challenge that the answer carries, which is stored with the row; null: none.</param>
/// <param name="FreezeRule">The rule that demands to freeze the account; null: none.</param>
/// <param name="Instrument">Whose fraud rate counts the payment; null: none does.</param>
/// <param name="ValueMinor">In cents of EUR by the rate of the payment's day; null: there was none.</param>
/// <param name="ScaSeries">The series that the payment belongs to; null: none.</param>
/// <param name="Sca">required, or the exemption; null: checkout did not ask.</param>
/// <param name="LowValue">The counter that must have room when the row is inserted; null: it does not matter.</param>
internal sealed record AssessmentRow(
    Guid Id,
    string PaymentId,
    byte[] ContentHash,
    string AccountId,
    string? MerchantId,
    long AmountMinor,
    string Currency,
    DateTimeOffset OccurredAt,
    DateTimeOffset DecidedAt,
    Decision Decision,
    int Score,
    string RuleSet,
    AssessmentSource Origin,
    byte[] Request,
    byte[] Signals,
    byte[] Answer,
    bool VelocityApplied,
    Guid? ChallengeId = null,
    DateTimeOffset? ChallengeExpiresAt = null,
    string? FreezeRule = null,
    string? Instrument = null,
    long? ValueMinor = null,
    string? ScaSeries = null,
    string? Sca = null,
    LowValueRoom? LowValue = null)
{
    private const byte Version = 3;
    private const long NoValue = -1;

    /// <summary>What the answer was written from; only in the process that decided, null elsewhere.</summary>
    public AnswerDraft? Draft { get; private init; }

    /// <summary>Where the encrypted request is kept.</summary>
    public static string RequestPlace(Guid id) => $"assessments.request:{id}";

    /// <summary>The same assessment with this answer.</summary>
    public AssessmentRow Answering(AnswerDraft draft) => this with
    {
        Decision = draft.Decision,
        ChallengeId = draft.Challenge?.Id,
        ChallengeExpiresAt = draft.Challenge?.ExpiresAt,
        Sca = draft.Sca is { } sca ? sca.Exemption is { } exemption ? ScaWords.Of(exemption) : ScaWords.Required : null,
        LowValue = draft is { Decision: Decision.Approve, Sca.Exemption: ScaExemption.LowValue } ? LowValue : null,
        Answer = AnswerJson.Write(draft),
        Draft = draft,
    };

    public bool HasContent(ReadOnlySpan<byte> hash) => hash.SequenceEqual(ContentHash);

    /// <summary>The row in one piece, as <see cref="FromBytes"/> reads it, without <see cref="LowValue"/>: what is kept in bytes was given, or will be.</summary>
    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream(512 + Request.Length + Signals.Length + Answer.Length);
        using var writer = new BinaryWriter(buffer, Encoding.UTF8);
        writer.Write(Version);
        writer.Write(Id.ToByteArray());
        writer.Write(PaymentId);
        writer.Write(AccountId);
        writer.Write(MerchantId is not null);
        writer.Write(MerchantId ?? "");
        writer.Write(AmountMinor);
        writer.Write(Currency);
        writer.Write(OccurredAt.UtcTicks);
        writer.Write(DecidedAt.UtcTicks);
        writer.Write((byte)Decision);
        writer.Write(Score);
        writer.Write(RuleSet);
        writer.Write((byte)Origin);
        writer.Write(VelocityApplied);
        foreach (var bytes in new[] { ContentHash, Request, Signals, Answer }) WriteBytes(writer, bytes);
        writer.Write((ChallengeId ?? Guid.Empty).ToByteArray());
        writer.Write(ChallengeExpiresAt?.UtcTicks ?? 0);
        foreach (var text in new[] { FreezeRule, Instrument, ScaSeries, Sca }) writer.Write(text ?? "");
        writer.Write(ValueMinor ?? NoValue);
        writer.Flush();
        return buffer.ToArray();
    }

    /// <summary>Throws <see cref="InvalidDataException"/> or <see cref="EndOfStreamException"/> when the bytes are no row.</summary>
    public static AssessmentRow FromBytes(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes, writable: false), Encoding.UTF8);
        if (reader.ReadByte() != Version) throw new InvalidDataException("Not an assessment of this version.");     // nothing is released yet
        var id = new Guid(reader.ReadBytes(16));
        var (paymentId, accountId) = (reader.ReadString(), reader.ReadString());
        var (hasMerchant, merchantId) = (reader.ReadBoolean(), reader.ReadString());
        var (amountMinor, currency) = (reader.ReadInt64(), reader.ReadString());
        var (occurredAt, decidedAt) = (ReadTime(reader), ReadTime(reader));
        var (decision, score, ruleSet) = ((Decision)reader.ReadByte(), reader.ReadInt32(), reader.ReadString());
        var (origin, applied) = ((AssessmentSource)reader.ReadByte(), reader.ReadBoolean());
        var contentHash = ReadBytes(reader);
        var row = new AssessmentRow(
            id, paymentId, contentHash, accountId, hasMerchant ? merchantId : null, amountMinor, currency, occurredAt, decidedAt,
            decision, score, ruleSet, origin, ReadBytes(reader), ReadBytes(reader), ReadBytes(reader), applied);
        var (challengeId, challengeExpiresAt) = (new Guid(reader.ReadBytes(16)), ReadTime(reader));
        row = row with { FreezeRule = ReadText(reader), Instrument = ReadText(reader), ScaSeries = ReadText(reader), Sca = ReadText(reader) };
        row = row with { ValueMinor = reader.ReadInt64() is var value && value == NoValue ? null : value };
        return challengeId == Guid.Empty ? row : row with { ChallengeId = challengeId, ChallengeExpiresAt = challengeExpiresAt };
    }

    private static string? ReadText(BinaryReader reader) => reader.ReadString() is { Length: > 0 } text ? text : null;

    private static DateTimeOffset ReadTime(BinaryReader reader) => new(reader.ReadInt64(), TimeSpan.Zero);

    private static void WriteBytes(BinaryWriter writer, byte[] bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader) => reader.ReadBytes(reader.ReadInt32());
}

/// <summary>What the previous payments may come to at most when a payment of low value is recorded, see the table's trigger.</summary>
internal sealed record LowValueRoom(LowValueCounter Counter, long Max);
