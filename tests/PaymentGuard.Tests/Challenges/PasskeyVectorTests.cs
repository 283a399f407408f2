using System.Buffers.Text;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using PaymentGuard.Challenges;
using PaymentGuard.Platform;

namespace PaymentGuard.Tests.Challenges;

/// <summary>
/// The test vectors of Web Authentication Level 3, section 16. All in them but the signatures is derived, as the section says, from a seed and the vector's
/// name; a byte derived wrongly would not fit its signature. Attestation statements are left out: we look at none.
/// </summary>
public sealed class PasskeyVectorTests
{
    private const string Account = "a_7", RpId = "example.org", Origin = "https://example.org";

    private static readonly Vector[] Vectors =
    [
        new("none.ES256", "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87"),
        new("packed-self.ES256", "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66"),
        new("none.ES256.crossOrigin", "3046022100eb12fcf23b12764c0f122e22371fab92e283879fd798f38ee1841c951b6e40e7022100c76237ff9db77b3c56f30837cda6a09acfa2e915544e609c0733b1184036d1cf", IsCrossOrigin: true),
        new("none.ES256.topOrigin", "3045022100b5a70c81780d5fcc9a4f2ae9caae99058f8accaf58b91fb59329646c28ac6ffc022012e101c165db3c8e9957f0c54dd6ca9b56bc3bd2f280bd2faa6c1d02c6e5c171", IsCrossOrigin: true, TopOrigin: "https://example.com"),
        new("none.ES256.long-credential-id", "304502203ecef83fb12a0cae7841055f9f87103a99fd14b424194bbf06c4623d3ee6e3fd022100d2ace346db262b1374a6b70faa51f518a42ddca13a4125ce6f5052a75bac9fb6", CredentialIdSize: 1023),
        new("packed.ES256", "30450220694969d3ee928de6f02ef23a9c644d7d779916451734a94b432542f498a1ebe90221008b0819c824218a97152cd099c55bfb1477b29d900a49a64018314f9bfccda163", AttestationSeeds: 2),
        new("packed.ES384", "3065023100e4efbb46745ed00e67c4d51ab2bacab2af62ffa8b7c5fecec6d7d9bf2582275034a713a3dd731685eee81adfaf6aa63f0230161655353f07e018a3c2539f8de7c8c4cf88d4c32d2be29fe4e76fa096ecc9458bbfe0895d57129ab324130e6f0692db", AttestationSeeds: 2),
        new("packed.ES512", "3081870242009bda02fe384e77bcb9fb42b07c395b7a53ec9d9616dd0308ab8495c2141c8364c7d16e212a4a4fb8e3987ff6c99eafd64d8484fd28c3fc7968f658a9033d1bb1b802416383e9f3ee20c691b66620299fef36bea2df4d39c92b2ead92f58e7b79ab0d9864d2ebf3b0dcc66ea13234492ccee6e9d421db43c959bcb94c162dc9494136c9f6", AttestationSeeds: 2, ChallengeSize: 128),
        new("packed.RS256", "01063d52d7c39b4d432fc7063c5d93e582bdcb16889cd71f888d67d880ea730a428498d3bc8e1ee11f2b1ecbe6c292b118c55ffaaddefa8cad0a54dd137c51f1eec673f1bb6c4d1789d6826a222b22d0f585fc901fdc933212e579d199b89d672aa44891333e6a1355536025e82b25590256c3538229b55737083b2f6b9377e49e2472f11952f79fdd0da180b5ffd901b4049a8f081bb40711bef76c62aed943571f2d0575304cb549d68d8892f95086a30f93716aee818f8dc06e96c0d5e0ed4cfa9fd8773d90464b68cf140f7986666ff9c9e3302acd0535d60d769f465e2ab57ef8aabc89fccfef7ba32a64154a8b3d26be2298f470b8cc5377dbe3dfd4b0b45f8f01e63bde6cfc76b62771f9b70aa27cf40152cad93aa5acd784fd4b90f676e2ea828d0bf2400aebbaae4153e5838f537f88b6228346782a93a899be66ec77de45b3efcf311da6321c92e6b0cd11bfe653bf3e98cee8e341f02d67dbb6f9c98d9e8178090cfb5b70fbc6d541599ac794ae2f1d4de1286ec8de8c2daf7b1d15c8438e90d924df5c19045220a4c8438c1b979bbe016cf3d0eeec23c3999d4882cc645b776de930756612cdc6dd398160ff02a6", AttestationSeeds: 2),
        new("packed.EdDSA", "", AttestationSeeds: 2),
        new("packed.Ed448", "", AttestationSeeds: 2),
        new("tpm.ES256", "3045022060dc76b1607ec716c6e5eba8d056695ed6bc47b2e3d7a729c34e759e3ab66aa0022100d010a9e8fddcb64c439dfdca628ddb33cf245d567d157d9f66f942601bed9b38", AttestationSeeds: 2),
        new("android-key.ES256", "3045022100a2b5e37da43ceb63566f6e2817c6cbef261073d0cadfd213ff6229bd33ddea6c02203d77eb3202fc92b9b5bb843ef082c7766f8c7f23194c92708ff2f3d1de765a8f", AttestationSeeds: 1),
        new("apple.ES256", "3046022100ee35db795ce28044e1f8231d68b3d79a9882f7415aa35c1b5ac74d24251073c8022100dcc65691650a412d0ceef843710c09827acf26c7845bddac07eec95863e7fc4c", AttestationSeeds: 1),
        new("fido-u2f.ES256", "304402206172459958fea907b7292b92f555034bfd884895f287a76200c1ba287239137002204727b166147e26a21bbc2921d192ebfed569b79438538e5c128b5e28e6926dd7", AttestationSeeds: 2),
    ];

    /// <summary>Takes what the vectors are made for: frames of other sites, and users who were not verified.</summary>
    private readonly Passkeys lenient = new(
        new IdentityPasskeyOptions { ServerDomain = RpId, UserVerificationRequirement = "preferred", ValidateOrigin = page => ValueTask.FromResult(page.Origin == Origin) }, new byte[32]);

    private readonly Passkeys strict = new(
        new Settings(name => name == "PAYMENTGUARD_PASSKEY_RP_ID" ? RpId : null), DataKeys.Parse(DataKeys.NewLine("k1")));

    public static TheoryData<string> Names => [.. Vectors.Select(vector => vector.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Read_Vector_IsAcceptedUnlessItsAlgorithmIsNotOurs(string name)
    {
        var made = Array.Find(Vectors, vector => vector.Name == name)!.Make();
        var credential = await lenient.ReadCreated(made.Created, made.CreationChallenge, Account);
        Assert.Equal(!name.Contains("Ed", StringComparison.Ordinal), credential is not null);
        if (credential is null) return;
        var stored = PasskeyCredential.Read(credential.ToBytes(), credential.SignCount);
        Assert.Equal(new PasskeyUse(Index: 0, SignCount: 0), await lenient.ReadAnswer(made.Answered, made.AnswerChallenge, Account, [stored]));
        Assert.Null(await lenient.ReadAnswer(made.Answered, made.CreationChallenge, Account, [stored]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Read_Vector_IsRefusedWhereOurPolicyIsStricter(string name)
    {
        var vector = Array.Find(Vectors, vector => vector.Name == name)!;
        var made = vector.Make();
        var credential = await strict.ReadCreated(made.Created, made.CreationChallenge, Account);
        Assert.Equal(!vector.IsCrossOrigin && made.IsUserVerifiedAtCreation && !name.Contains("Ed", StringComparison.Ordinal), credential is not null);
        credential ??= await lenient.ReadCreated(made.Created, made.CreationChallenge, Account);
        if (credential is null) return;
        var use = await strict.ReadAnswer(made.Answered, made.AnswerChallenge, Account, [credential]);
        Assert.Equal(!vector.IsCrossOrigin && made.IsUserVerifiedInAnswer, use is not null);
    }

    /// <param name="Signature">Of the answer.</param>
    /// <param name="AttestationSeeds">Values that the attestation statement takes from the vector's sequence.</param>
    private sealed record Vector(
        string Name, string Signature, int AttestationSeeds = 0, bool IsCrossOrigin = false, string? TopOrigin = null, int CredentialIdSize = 32, int ChallengeSize = 32)
    {
        public MadeVector Make()
        {
            var seeds = new Seeds(Name);
            var challenge = seeds.Next(ChallengeSize);
            var publicKey = PublicKey(seeds);
            var creation = WithExtra(new Ceremony(
                "webauthn.create", Base64Url.EncodeToString(challenge), Origin, RpId, 0, 0, [], UserHandle: null, IsCrossOrigin, TopOrigin), seeds);
            var aaguid = seeds.Next(16);
            creation = creation with { CredentialId = seeds.Next(CredentialIdSize) };
            var backup = Name.StartsWith("fido-u2f", StringComparison.Ordinal) ? 0 : seeds.Next(1)[0] & 0x1C;
            if ((backup & 0x08) == 0) backup &= 0x04;
            creation = creation with { Flags = (byte)(0x41 | backup) };
            for (var seed = 0; seed < AttestationSeeds; seed++) seeds.Next(1);

            var answerChallenge = seeds.Next(ChallengeSize);
            var answer = WithExtra(creation with { Type = "webauthn.get", Challenge = Base64Url.EncodeToString(answerChallenge) }, seeds);
            var flags = seeds.Next(1)[0] & ((backup & 0x08) == 0 ? 0x04 : 0x14);
            answer = answer with { Flags = (byte)(0x01 | backup & 0x08 | flags) };
            using var device = new SoftwareAuthenticator { Aaguid = aaguid };
            return new MadeVector(
                device.Created(creation, publicKey), challenge, (creation.Flags & 0x04) != 0,
                SoftwareAuthenticator.Answer(answer, Convert.FromHexString(Signature)), answerChallenge, (answer.Flags & 0x04) != 0);
        }

        private static Ceremony WithExtra(Ceremony ceremony, Seeds seeds) => (seeds.Next(1)[0] & 1) == 0
            ? ceremony with { ExtraData = null }
            : ceremony with { ExtraData = $"clientDataJSON may be extended with additional fields in the future, such as this: {Base64Url.EncodeToString(seeds.Next(16))}" };

        private byte[] PublicKey(Seeds seeds)
        {
            if (Name.EndsWith(".RS256", StringComparison.Ordinal)) return MersenneKey();
            if (Name.EndsWith(".EdDSA", StringComparison.Ordinal)) return OctetKey(curve: 6, seeds.Next(32));
            if (Name.EndsWith(".Ed448", StringComparison.Ordinal)) return OctetKey(curve: 7, seeds.Next(57));
            var (curve, size) = Name.EndsWith(".ES384", StringComparison.Ordinal) ? (ECCurve.NamedCurves.nistP384, 48)
                : Name.EndsWith(".ES512", StringComparison.Ordinal) ? (ECCurve.NamedCurves.nistP521, 65) : (ECCurve.NamedCurves.nistP256, 32);
            // P-521's scalars have 66 bytes, the vector's only 65.
            var scalar = seeds.Next(size);
            if (size == 65) scalar = [0, .. scalar];
            using var device = new SoftwareAuthenticator(ECDsa.Create(new ECParameters { Curve = curve, D = scalar }));
            return device.PublicKey;
        }

        /// <summary>The vector's primes are 2^1279 - 1 and 2^2203 - 1.</summary>
        private static byte[] MersenneKey()
        {
            var modulus = (BigInteger.Pow(2, 1279) - 1) * (BigInteger.Pow(2, 2203) - 1);
            return Cbor.Map((1, Cbor.Int(3)), (3, Cbor.Int(-257)), (-1, Cbor.Bytes(modulus.ToByteArray(isUnsigned: true, isBigEndian: true))), (-2, Cbor.Bytes([1, 0, 1])));
        }

        /// <summary>An Edwards key. It is refused for its algorithm, so that any bytes do.</summary>
        private static byte[] OctetKey(int curve, byte[] bytes) =>
            Cbor.Map((1, Cbor.Int(1)), (3, Cbor.Int(curve == 6 ? -8 : -53)), (-1, Cbor.Int(curve)), (-2, Cbor.Bytes(bytes)));
    }

    private sealed record MadeVector(
        string Created, byte[] CreationChallenge, bool IsUserVerifiedAtCreation, string Answered, byte[] AnswerChallenge, bool IsUserVerifiedInAnswer);

    /// <summary>The vector's sequence: HKDF-SHA-256 with the number of the value as salt.</summary>
    private sealed class Seeds(string name)
    {
        private byte number;

        public byte[] Next(int size) => HKDF.DeriveKey(
            HashAlgorithmName.SHA256, "WebAuthn test vectors"u8.ToArray(), size, salt: [number++], info: Encoding.ASCII.GetBytes(name));
    }
}
