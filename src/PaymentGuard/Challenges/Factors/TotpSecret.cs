using System.Security.Cryptography;
using PaymentGuard.Domain.Challenges;
using QRCoder;

namespace PaymentGuard.Challenges.Factors;

/// <summary>A new secret, in the forms that authenticator apps take.</summary>
/// <param name="Issuer">What the app shows beside the account.</param>
internal sealed record TotpSecret(byte[] Bytes, string Issuer, string AccountId, CodeAlgorithm Algorithm, int Digits)
{
    /// <summary>RFC 4226 demands 16 and recommends 20; apps take any length.</summary>
    private const int Size = 32;

    private const int StepSeconds = 30, QrModulePixels = 4;

    public static TotpSecret Make(string issuer, string accountId, CodeAlgorithm algorithm, int digits) =>
        new(RandomNumberGenerator.GetBytes(Size), issuer, accountId, algorithm, digits);

    /// <summary>To be typed.</summary>
    public string Text { get; } = Base32.Write(Bytes);

    /// <summary>As apps read it; the colon separates issuer and account, so the issuer must have none.</summary>
    public string Uri()
    {
        var issuer = System.Uri.EscapeDataString(Issuer.Replace(':', ' '));
        return $"otpauth://totp/{issuer}:{System.Uri.EscapeDataString(AccountId)}?secret={Text}&issuer={issuer}&algorithm={Algorithm.ToString().ToUpperInvariant()}&digits={Digits}&period={StepSeconds}";
    }

    /// <summary>The URI as a QR code, an SVG document.</summary>
    public string QrCode()
    {
        using var data = QRCodeGenerator.GenerateQrCode(Uri(), QRCodeGenerator.ECCLevel.M);
        using var code = new SvgQRCode(data);
        return code.GetGraphic(QrModulePixels);
    }

    public override string ToString() => "TotpSecret(hidden)";
}
