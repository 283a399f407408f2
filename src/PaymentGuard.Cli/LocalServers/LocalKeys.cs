using System.Security.Cryptography;
using PaymentGuard.Platform;

namespace PaymentGuard.Cli.LocalServers;

/// <summary>The keys of a local set-up, made once and kept: a folder that only its owner may enter.</summary>
internal sealed class LocalKeys
{
    /// <summary>What tokens are signed with: a private key on P-256, PEM.</summary>
    public string SigningKeyFile { get; }

    /// <summary>What tokens are checked with, PEM.</summary>
    public string PublicKeyFile { get; }

    /// <summary>What the service signs with, see <see cref="Settings.ServiceKeyFile"/>.</summary>
    public string ServiceKeyFile { get; }

    /// <summary>What personal data is encrypted with, see <see cref="DataKeys"/>.</summary>
    public string DataKeyFile { get; }

    public LocalKeys(string folder)
    {
        folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        SigningKeyFile = Path.Combine(folder, "signing-key.pem");
        PublicKeyFile = Path.Combine(folder, "public-key.pem");
        ServiceKeyFile = Path.Combine(folder, "service-key.pem");
        DataKeyFile = Path.Combine(folder, "data-keys");
        if (!File.Exists(SigningKeyFile) || !File.Exists(PublicKeyFile)) MakeSigningKey();
        if (!File.Exists(ServiceKeyFile)) MakeServiceKey();
        if (!File.Exists(DataKeyFile)) PrivateFile.Write(DataKeyFile, DataKeys.NewLine("k1"));
    }

    private void MakeSigningKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        PrivateFile.Write(SigningKeyFile, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(PublicKeyFile, key.ExportSubjectPublicKeyInfoPem());
    }

    private void MakeServiceKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        PrivateFile.Write(ServiceKeyFile, key.ExportPkcs8PrivateKeyPem());
    }
}
