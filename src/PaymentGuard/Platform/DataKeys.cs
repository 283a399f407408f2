using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace PaymentGuard.Platform;

/// <summary>
/// The keys that personal data is encrypted with (AES-256-GCM) and looked up by (HMAC). The file has one key a line, oldest first:
/// <c>id:base64 of 32 bytes</c>. The newest encrypts, all decrypt; the oldest gives the keys of <see cref="Derive"/>, which therefore
/// outlive a rotation. Thread safe.
/// </summary>
internal sealed class DataKeys
{
    private const byte FrameVersion = 1;
    private const int KeySize = 32, SaltSize = 16, NonceSize = 12, TagSize = 16;
    private const int KeyIdLengthMax = 32;

    private readonly Dictionary<string, byte[]> keys;
    private readonly byte[] oldest;
    private readonly byte[] newest;
    private readonly byte[] frameHead;
    private readonly ConcurrentBag<Sealer> sealers = [];
    private readonly OpenerCache openers = new();

    private DataKeys(IReadOnlyList<(string Id, byte[] Key)> ordered)
    {
        keys = ordered.ToDictionary(entry => entry.Id, entry => entry.Key, StringComparer.Ordinal);
        oldest = ordered[0].Key;
        newest = ordered[^1].Key;
        var id = Encoding.ASCII.GetBytes(ordered[^1].Id);
        frameHead = [FrameVersion, (byte)id.Length, .. id];
    }

    /// <summary>Reads the file; throws <see cref="SettingException"/> when it is missing, open to others, or holds anything but proper keys.</summary>
    public static DataKeys Load(string path)
    {
        if (!File.Exists(path)) throw new SettingException($"PAYMENTGUARD_KEYS: the file {path} does not exist.");
        PrivateFiles.Demand(path, "PAYMENTGUARD_KEYS");
        return Parse(File.ReadAllText(path));
    }

    /// <summary>The keys in a file's text; empty lines and lines that start with # are skipped.</summary>
    public static DataKeys Parse(string text)
    {
        var ordered = new List<(string Id, byte[] Key)>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith('#')) continue;
            var entry = ParseLine(line, ordered.Count + 1);
            if (ordered.Exists(other => other.Id == entry.Id)) throw Bad(ordered.Count + 1, "its id is used twice");
            ordered.Add(entry);
        }
        return ordered.Count > 0 ? new DataKeys(ordered) : throw new SettingException("PAYMENTGUARD_KEYS: the file holds no key.");
    }

    /// <summary>A line for a new key, as <see cref="Parse"/> reads it.</summary>
    public static string NewLine(string id) => $"{id}:{Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeySize))}\n";

    /// <summary>A key of 32 bytes for one purpose, such as <c>velocity</c>; the same as long as the oldest key stays in the file.</summary>
    public byte[] Derive(string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, oldest, KeySize, info: Encoding.UTF8.GetBytes("paymentguard/derive/" + purpose));

    /// <summary>Bytes that <see cref="Encrypt"/> adds.</summary>
    public int Overhead => frameHead.Length + SaltSize + NonceSize + TagSize;

    /// <summary>Encrypts a value for one place.</summary>
    /// <param name="place">Where it is kept: <c>table.column:row id</c>. It opens nowhere else.</param>
    public byte[] Encrypt(ReadOnlySpan<byte> plain, string place)
    {
        var frame = new byte[plain.Length + Overhead];
        frameHead.CopyTo(frame, 0);
        var sealer = sealers.TryTake(out var idle) ? idle : new Sealer(newest);
        sealer.Seal(plain, place, frame.AsSpan(frameHead.Length));
        if (!sealer.IsWornOut) sealers.Add(sealer);
        return frame;
    }

    /// <summary>The value that was encrypted for this place. Throws <see cref="CryptographicException"/> when anything was altered or moved, or its key is gone.</summary>
    public byte[] Decrypt(ReadOnlySpan<byte> frame, string place)
    {
        if (frame.Length < 2 || frame[0] != FrameVersion || frame.Length < 2 + frame[1] + SaltSize + NonceSize + TagSize)
            throw new CryptographicException("Not an encrypted value of this version.");
        var keyId = Encoding.ASCII.GetString(frame.Slice(2, frame[1]));
        if (!keys.TryGetValue(keyId, out var key)) throw new CryptographicException("The value's data key is not among the keys.");
        return openers.Open(key, frame[(2 + frame[1])..], place);
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
