using System.Security.Cryptography;

namespace PaymentGuard.Platform;

/// <summary>The private key that the service itself signs with, see <see cref="Settings.ServiceKeyFile"/>.</summary>
internal static class ServiceKey
{
    /// <summary>The key's PEM. Throws <see cref="SettingException"/> when the file is missing, may be read by others, or holds no private key on P-256.</summary>
    public static string ReadPem(Settings settings)
    {
        var path = settings.ServiceKeyFile;
        if (!File.Exists(path)) throw new SettingException($"PAYMENTGUARD_SERVICE_KEY: the file {path} does not exist.");
        PrivateFiles.Demand(path, "PAYMENTGUARD_SERVICE_KEY");
        var pem = File.ReadAllText(path);
        using var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(true).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value) return pem;
        }
        catch (Exception failure) when (failure is ArgumentException or CryptographicException) { }
        throw new SettingException("PAYMENTGUARD_SERVICE_KEY: the file must hold a private EC key on P-256 in PEM.");
    }
}

internal static class PrivateFiles
{
    /// <summary>Throws <see cref="SettingException"/> when others than the owner may do anything with the file.</summary>
    public static void Demand(string path, string setting)
    {
        const UnixFileMode others = (UnixFileMode)0b000_111_111;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & others) != 0)
            throw new SettingException($"{setting}: {path} may be read by others; set its mode to 0600.");
    }
}
