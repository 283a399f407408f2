using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace PaymentGuard.Platform;

/// <summary>The keys of <see cref="DataKeys"/> as they stand at one moment. Never changed; thread safe.</summary>
internal sealed class DataKeyRing
{
    private const byte FrameVersion = 1;
    private const int KeySize = 32, SaltSize = 16, NonceSize = 12, TagSize = 16;
    private const int KeyIdLengthMax = 32;

    private readonly Dictionary<string, byte[]> keys;
    private readonly Dictionary<string, byte[]>.AlternateLookup<ReadOnlySpan<char>> keysById;
    private readonly byte[] oldest;
    private readonly byte[] newest;
    private readonly byte[] frameHead;
    private readonly ConcurrentBag<Sealer> sealers = [];
    private readonly OpenerCache openers = new();

    private DataKeyRing(IReadOnlyList<(string Id, byte[] Key)> ordered)
    {
        keys = ordered.ToDictionary(entry => entry.Id, entry => entry.Key, StringComparer.Ordinal);
        keysById = keys.GetAlternateLookup<ReadOnlySpan<char>>();
        Ids = [.. ordered.Select(entry => entry.Id)];
        oldest = ordered[0].Key;
        newest = ordered[^1].Key;
        var id = Encoding.ASCII.GetBytes(ordered[^1].Id);
        frameHead = [FrameVersion, (byte)id.Length, .. id];
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>How every value begins that the newest key encrypted.</summary>
    public ReadOnlySpan<byte> FrameHead => frameHead;

    /// <summary>Bytes that <see cref="Encrypt"/> adds.</summary>
    public int Overhead => frameHead.Length + SaltSize + NonceSize + TagSize;

    /// <summary>The keys in a file's text; empty lines and lines that start with # are skipped. Throws <see cref="SettingException"/> for anything else.</summary>
    public static DataKeyRing Parse(string text)
    {
        var ordered = new List<(string Id, byte[] Key)>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith('#')) continue;
            var entry = ParseLine(line, ordered.Count + 1);
            if (ordered.Exists(other => other.Id == entry.Id)) throw Bad(ordered.Count + 1, "its id is used twice");
            ordered.Add(entry);
        }
        return ordered.Count > 0 ? new DataKeyRing(ordered) : throw new SettingException("PAYMENTGUARD_KEYS: the file holds no key.");
    }

    /// <summary>A line for a new key, as <see cref="Parse"/> reads it.</summary>
    public static string NewLine(string id) => $"{id}:{Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeySize))}\n";

    /// <summary>Why these keys cannot take the place of the older ones while a process runs; null: they can.</summary>
    public string? CannotFollow(DataKeyRing older)
    {
        if (Ids[0] != older.Ids[0]) return "the first key must stay the first, because keyed hashes derive from it";
        if (older.keys.FirstOrDefault(entry => keys.TryGetValue(entry.Key, out var key) && !key.AsSpan().SequenceEqual(entry.Value)).Key is { } id)
            return $"the key {id} is another one than before";
        return keys.ContainsKey(older.Ids[^1]) ? null : $"the key {older.Ids[^1]}, which encrypts, is missing";
    }

    /// <summary>Whether the keys are the same, in the same order; those of one id are known to be.</summary>
    public bool HasSameIds(DataKeyRing other) => Ids.SequenceEqual(other.Ids);

    public byte[] Derive(string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, oldest, KeySize, info: Encoding.UTF8.GetBytes("paymentguard/derive/" + purpose));

    public byte[] Encrypt(ReadOnlySpan<byte> plain, string place)
    {
        var frame = new byte[plain.Length + Overhead];
        frameHead.CopyTo(frame, 0);
        var sealer = sealers.TryTake(out var idle) ? idle : new Sealer(newest);
        sealer.Seal(plain, place, frame.AsSpan(frameHead.Length));
        if (!sealer.IsWornOut) sealers.Add(sealer);
        return frame;
    }

    /// <summary>Null when the value's key is not among these. Throws <see cref="CryptographicException"/> when anything was altered or moved.</summary>
    public byte[]? Decrypt(ReadOnlySpan<byte> frame, string place)
    {
        if (frame.Length < 2 || frame[0] != FrameVersion || frame.Length < 2 + frame[1] + SaltSize + NonceSize + TagSize)
            throw new CryptographicException("Not an encrypted value of this version.");
        Span<char> keyId = stackalloc char[KeyIdLengthMax];
        if (frame[1] > KeyIdLengthMax) return null;
        var length = Encoding.ASCII.GetChars(frame.Slice(2, frame[1]), keyId);
        return keysById.TryGetValue(keyId[..length], out var key) ? openers.Open(key, frame[(2 + frame[1])..], place) : null;
    }

    private static (string Id, byte[] Key) ParseLine(string line, int number)
    {
        var colon = line.IndexOf(':');
        if (colon is < 1 or > KeyIdLengthMax || !Ascii.IsValid(line)) throw Bad(number, "it must read id:base64");
        var key = new byte[KeySize + 1];
        if (!Convert.TryFromBase64String(line[(colon + 1)..], key, out var length) || length != KeySize) throw Bad(number, "the key must be 32 bytes in base64");
        if (key.AsSpan().IndexOfAnyExcept(key[0]) is < 0 or >= KeySize) throw Bad(number, "the key is no random number");
        return (line[..colon], key[..KeySize]);
    }

    private static SettingException Bad(int number, string reason) => new($"PAYMENTGUARD_KEYS: key {number} cannot be used, {reason}.");

    private static byte[] FrameKey(byte[] key, ReadOnlySpan<byte> salt)
    {
        var derived = new byte[KeySize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, derived, salt, "paymentguard/encrypt"u8);
        return derived;
    }

    private static int PlaceBytes(string place, Span<byte> buffer) => Encoding.UTF8.GetBytes(place, buffer);

    /// <summary>
    /// Encrypts under a key of its own, derived with a random salt, and counts its nonces: none repeats, however many values one data
    /// key protects (random nonces would end at 2^32). AesGcm is not thread safe, so a sealer is used by one thread at a time.
    /// </summary>
    private sealed class Sealer
    {
        private const ulong ValuesMax = 1UL << 32;
        private readonly byte[] salt = RandomNumberGenerator.GetBytes(SaltSize);
        private readonly AesGcm cipher;
        private ulong used;

        public Sealer(byte[] key) => cipher = new AesGcm(FrameKey(key, salt), TagSize);

        public bool IsWornOut => used >= ValuesMax;

        public void Seal(ReadOnlySpan<byte> plain, string place, Span<byte> target)
        {
            salt.CopyTo(target);
            var nonce = target.Slice(SaltSize, NonceSize);
            nonce.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(nonce, used++);
            Span<byte> associated = stackalloc byte[Encoding.UTF8.GetMaxByteCount(place.Length)];
            var body = target[(SaltSize + NonceSize)..];
            cipher.Encrypt(nonce, plain, body[..plain.Length], body[plain.Length..], associated[..PlaceBytes(place, associated)]);
        }
    }

    /// <summary>The ciphers of the salts read last, because values of one process share a few.</summary>
    private sealed class OpenerCache
    {
        private const int Capacity = 64;
        private readonly Dictionary<(byte[], Guid), AesGcm> ciphers = [];
        private readonly Lock gate = new();

        public byte[] Open(byte[] key, ReadOnlySpan<byte> sealedValue, string place)
        {
            var body = sealedValue[(SaltSize + NonceSize)..];
            var plain = new byte[body.Length - TagSize];
            Span<byte> associated = stackalloc byte[Encoding.UTF8.GetMaxByteCount(place.Length)];
            var placeLength = PlaceBytes(place, associated);
            lock (gate)
            {
                var cipher = CipherOf(key, sealedValue[..SaltSize]);
                cipher.Decrypt(sealedValue.Slice(SaltSize, NonceSize), body[..plain.Length], body[plain.Length..], plain, associated[..placeLength]);
            }
            return plain;
        }

        private AesGcm CipherOf(byte[] key, ReadOnlySpan<byte> salt)
        {
            var name = (key, new Guid(salt));
            if (ciphers.TryGetValue(name, out var known)) return known;
            if (ciphers.Count >= Capacity) Clear();
            return ciphers[name] = new AesGcm(FrameKey(key, salt), TagSize);
        }

        private void Clear()
        {
            foreach (var cipher in ciphers.Values) cipher.Dispose();
            ciphers.Clear();
        }
    }
}
