using System.Text;
using PaymentGuard.Challenges;
using PaymentGuard.Domain.Challenges;

namespace PaymentGuard.Load;

/// <summary>Answers with the authenticator app's code of the moment, each to another challenge of another account.</summary>
/// <param name="codes">All accounts have the same secret, so that the generator costs little.</param>
/// <param name="wrong">Whether to send digits that are never right.</param>
internal sealed class AnswerSource(IReadOnlyList<Guid> challenges, OneTimeCode codes, TimeProvider clock, bool wrong = false) : IRequestSource
{
    private int count;

    public (int PathLength, int BodyLength) Write(Span<byte> path, Span<byte> body)
    {
        var number = Interlocked.Increment(ref count) - 1;
        if (number >= challenges.Count) throw new InvalidOperationException("There are no more challenges: ask for more accounts.");
        var code = codes.At(codes.StepAt(clock.GetUtcNow()));
        if (wrong) code = code[0] == '0' ? "x" + code[1..] : "0x" + code[2..];
        return (
            Encoding.ASCII.GetBytes($"/v1/challenges/{ChallengeJson.PublicId(challenges[number])}/answers", path),
            Encoding.ASCII.GetBytes($$"""{"totp":"{{code}}"}""", body));
    }
}
