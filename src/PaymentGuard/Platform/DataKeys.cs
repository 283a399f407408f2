using System.Security.Cryptography;

namespace PaymentGuard.Platform;

/// <summary>
/// The keys that personal data is encrypted with (AES-256-GCM) and looked up by (HMAC). The file has one key a line, oldest first:
/// <c>id:base64 of 32 bytes</c>. The newest encrypts, all decrypt; the oldest gives the keys of <see cref="Derive"/>, which therefore
/// outlive a rotation. The file is followed: <see cref="DataKeysFollower"/> reads it again and again, and so does a value whose key is
/// not known, because another process may have seen the new key first. Thread safe.
/// </summary>
internal sealed class DataKeys
{
    private readonly string? path;
    private readonly Lock reading = new();
    private volatile DataKeyRing ring;

    private DataKeys(DataKeyRing ring, string? path) => (this.ring, this.path) = (ring, path);

    /// <summary>Reads the file; throws <see cref="SettingException"/> when it is missing, open to others, or holds anything but proper keys.</summary>
    public static DataKeys Load(string path) => new(Read(path), path);

    /// <summary>The keys in a file's text, which is not followed.</summary>
    public static DataKeys Parse(string text) => new(DataKeyRing.Parse(text), null);

    /// <inheritdoc cref="DataKeyRing.NewLine"/>
    public static string NewLine(string id) => DataKeyRing.NewLine(id);

    /// <summary>Ids of the keys, oldest first.</summary>
    public IReadOnlyList<string> Ids => ring.Ids;

    /// <summary>How every value begins that the newest key encrypted.</summary>
    public byte[] FrameHead => ring.FrameHead.ToArray();

    /// <summary>A key of 32 bytes for one purpose, such as <c>velocity</c>; the same as long as the oldest key stays in the file.</summary>
    public byte[] Derive(string purpose) => ring.Derive(purpose);

    /// <summary>Bytes that <see cref="Encrypt"/> adds.</summary>
    public int Overhead => ring.Overhead;

    /// <summary>Encrypts a value for one place.</summary>
    /// <param name="place">Where it is kept: <c>table.column:row id</c>. It opens nowhere else.</param>
    public byte[] Encrypt(ReadOnlySpan<byte> plain, string place) => ring.Encrypt(plain, place);

    /// <summary>The value that was encrypted for this place. Throws <see cref="CryptographicException"/> when anything was altered or moved, or its key is gone.</summary>
    public byte[] Decrypt(ReadOnlySpan<byte> frame, string place) =>
        ring.Decrypt(frame, place) ?? (TryFollow() ? ring.Decrypt(frame, place) : null) ?? throw new CryptographicException("The value's data key is not among the keys.");

    /// <summary>
    /// Reads the file again and tells whether the keys are others now. Throws <see cref="SettingException"/> when the file holds nothing that can
    /// take their place; then they stay as they are.
    /// </summary>
    public bool Follow()
    {
        if (path is null) return false;
        lock (reading)
        {
            var (older, next) = (ring, Read(path));
            if (next.CannotFollow(older) is { } reason) throw new SettingException($"PAYMENTGUARD_KEYS: {reason}.");
            if (next.HasSameIds(older)) return false;
            ring = next;
            return true;
        }
    }

    /// <summary>Whether the keys may be others now. What is wrong with the file is told by <see cref="DataKeysFollower"/>.</summary>
    private bool TryFollow()
    {
        try
        {
            Follow();
            return true;    // also when another thread was quicker
        }
        catch (SettingException) { return false; }
    }

    private static DataKeyRing Read(string path)
    {
        try
        {
            if (!File.Exists(path)) throw new SettingException($"PAYMENTGUARD_KEYS: the file {path} does not exist.");
            PrivateFiles.Demand(path, "PAYMENTGUARD_KEYS");
            return DataKeyRing.Parse(File.ReadAllText(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SettingException($"PAYMENTGUARD_KEYS: the file {path} cannot be read ({failure.GetType().Name}).");
        }
    }
}
