using PaymentGuard.Domain.Challenges;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>The buyer's authenticator app.</summary>
/// <param name="secret">Base32, as the service told it.</param>
internal sealed class AuthenticatorApp(string secret, CodeAlgorithm algorithm = CodeAlgorithm.Sha1, int digits = 6)
{
    private readonly OneTimeCode codes = new(Base32.TryRead(secret, out var bytes) ? bytes : throw new FormatException("Not base32."), algorithm, digits);

    public string Secret => secret;

    /// <summary>The code of now, or of so many steps later.</summary>
    public string Code(int steps = 0) => codes.At(codes.StepAt(TimeProvider.System.GetUtcNow()) + steps);

    /// <summary>A code of no step around now.</summary>
    public string WrongCode()
    {
        var near = Enumerable.Range(-5, 11).Select(Code).ToHashSet(StringComparer.Ordinal);
        return Enumerable.Range(0, 20).Select(number => number.ToString($"D{digits}")).First(code => !near.Contains(code));
    }
}
