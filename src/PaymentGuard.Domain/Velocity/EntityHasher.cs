using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace PaymentGuard.Domain.Velocity;

/// <summary>Where an entity's log is kept. It tells nothing about the identifier to whom the key is not known.</summary>
/// <param name="Letter">Of the entity's definition.</param>
/// <param name="Hash">128 bits, keyed.</param>
public readonly record struct EntityKey(char Letter, UInt128 Hash)
{
    /// <summary>What all keys begin with.</summary>
    public const string Prefix = "pg:v1:";

    private const int HashBytes = 16;

    /// <summary><c>pg:v1:{letter}:{hash in base64url}</c>.</summary>
    public override string ToString() => string.Create(Prefix.Length + 2 + Base64Url.GetEncodedLength(HashBytes), this, static (text, key) =>
    {
        Span<byte> bytes = stackalloc byte[HashBytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, key.Hash);
        Prefix.CopyTo(text);
        text[Prefix.Length] = key.Letter;
        text[Prefix.Length + 1] = ':';
        Base64Url.EncodeToChars(bytes, text[(Prefix.Length + 2)..]);
    });
}

/// <summary>An identifier's hashes.</summary>
/// <param name="Key">Names its log.</param>
/// <param name="Partner">Stands for it in the logs of others; never 0.</param>
public readonly record struct IdentifierHash(UInt128 Key, uint Partner);

/// <summary>
/// Keyed hashes (HMAC-SHA256) of identifiers and event ids. The same text as two kinds of identifier gives unrelated hashes.
/// Thread safe; allocates nothing.
/// </summary>
public sealed class EntityHasher
{
    private const int StackBytesMax = 512;

    // One for each thread, keyed once: the one-shot function prepares the key anew for each text and takes twice as long.
    private readonly ThreadLocal<IncrementalHash>? hmac;

    /// <param name="key">Secret, at least 16 bytes; with another key all logs are unknown.</param>
    public EntityHasher(ReadOnlySpan<byte> key)
    {
        if (key.Length < 16) throw new ArgumentException("The key must have at least 16 bytes.", nameof(key));
        var secret = key.ToArray();
        hmac = new ThreadLocal<IncrementalHash>(() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret));
    }

    private EntityHasher() => hmac = null;

    /// <summary>For stores that end with the process, such as replays: no key, and much faster. Nothing it gives may leave the process.</summary>
    public static EntityHasher InProcess { get; } = new();

    /// <param name="name">The kind of identifier, such as <c>card</c>.</param>
    /// <param name="text">In its one spelling.</param>
    public IdentifierHash OfIdentifier(string name, string text)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Digest(name, text, digest);
        var partner = BinaryPrimitives.ReadUInt32BigEndian(digest[16..]);
        return new IdentifierHash(BinaryPrimitives.ReadUInt128BigEndian(digest), partner == 0 ? 1 : partner);
    }

    /// <summary>The hash that all records about one payment carry.</summary>
    public ulong OfPayment(string paymentId) => OfEvent("", paymentId);

    /// <summary>The hash of an account event, which is named by its source and its id within it.</summary>
    public ulong OfEvent(string source, string id)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Digest(source, id, digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest);
    }

    private void Digest(string name, string text, Span<byte> digest)
    {
        var lengthMax = Encoding.UTF8.GetMaxByteCount(name.Length) + Encoding.UTF8.GetMaxByteCount(text.Length) + sizeof(int);
        var buffer = lengthMax <= StackBytesMax ? stackalloc byte[StackBytesMax] : new byte[lengthMax];
        var nameLength = Encoding.UTF8.GetBytes(name, buffer[sizeof(int)..]);
        // The length in front keeps (ab, c) and (a, bc) apart.
        BinaryPrimitives.WriteInt32LittleEndian(buffer, nameLength);
        var length = sizeof(int) + nameLength + Encoding.UTF8.GetBytes(text, buffer[(sizeof(int) + nameLength)..]);
        if (hmac is null) Mix(buffer[..length], digest);
        else Sign(hmac.Value!, buffer[..length], digest);
    }

    private static void Sign(IncrementalHash hmac, ReadOnlySpan<byte> bytes, Span<byte> digest)
    {
        hmac.AppendData(bytes);
        hmac.GetHashAndReset(digest);
    }

    /// <summary>Two multiply-and-fold passes, good enough against accidents; not against intent.</summary>
    private static void Mix(ReadOnlySpan<byte> bytes, Span<byte> digest)
    {
        ulong first = 0x9E3779B97F4A7C15, second = 0xD1B54A32D192ED03;
        for (; bytes.Length >= 8; bytes = bytes[8..]) Step(BinaryPrimitives.ReadUInt64LittleEndian(bytes), ref first, ref second);
        var rest = (ulong)bytes.Length << 56;
        for (var index = 0; index < bytes.Length; index++) rest |= (ulong)bytes[index] << (8 * index);
        Step(rest, ref first, ref second);
        for (var offset = 0; offset < digest.Length; offset += 16)
        {
            Step((ulong)offset, ref first, ref second);
            BinaryPrimitives.WriteUInt64BigEndian(digest[offset..], first);
            BinaryPrimitives.WriteUInt64BigEndian(digest[(offset + 8)..], second);
        }
    }

    private static void Step(ulong word, ref ulong first, ref ulong second)
    {
        first = Fold(first ^ word, 0xA0761D6478BD642F);
        second = Fold(second + word, 0xE7037ED1A0B428DB);
    }

    private static ulong Fold(ulong left, ulong right) => Math.BigMul(left | 1, right, out var low) ^ low ^ left;
}
