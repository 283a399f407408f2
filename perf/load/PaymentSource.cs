using System.Globalization;
using System.Text.Unicode;

namespace PaymentGuard.Load;

/// <summary>
/// Distinct payments, each with exactly five entities: card, account, device, merchant and phone. Entities are drawn with a skew (a
/// tenth of the accounts makes a fifth of the payments) and belong together: an account mostly uses its own card and device.
/// Thread safe; formats without allocating.
/// </summary>
/// <param name="run">Goes into every payment id, so that runs do not meet.</param>
internal sealed class PaymentSource(string run, TimeProvider clock) : IRequestSource
{
    private const int AccountCount = 50_000, MerchantCount = 5_000;

    /// <summary>Long enough that a busy machine is measured, and not the degraded answer.</summary>
    private const int DeadlineMs = 1_000;

    private long count;

    private static ReadOnlySpan<byte> Path => "/v1/assessments"u8;

    public (int PathLength, int BodyLength) Write(Span<byte> path, Span<byte> body)
    {
        Path.CopyTo(path);
        return (Path.Length, WriteAttempt(body, Interlocked.Increment(ref count), out _));
    }

    /// <summary>Writes a CloudEvent <c>payment.attempted</c>; returns its length and the account, which is the message's key.</summary>
    public int WriteEvent(Span<byte> target, out string account)
    {
        var number = Interlocked.Increment(ref count);
        Span<byte> attempt = stackalloc byte[IRequestSource.BodyLengthMax];
        var length = WriteAttempt(attempt, number, out var accountNumber);
        account = $"a_{accountNumber}";
        Utf8.TryWrite(
            target, CultureInfo.InvariantCulture,
            $$"""{"specversion":"1.0","id":"{{run}}-{{number}}","source":"/load","type":"payment.attempted","time":"{{clock.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ}}","datacontenttype":"application/json","data":""",
            out var head);
        attempt[..length].CopyTo(target[head..]);
        target[head + length] = (byte)'}';
        return head + length + 1;
    }

    private int WriteAttempt(Span<byte> target, long number, out int account)
    {
        account = Skewed(AccountCount);
        var card = account * 2 + (Random.Shared.Next(10) == 0 ? 1 : 0);
        var device = Random.Shared.Next(20) == 0 ? Skewed(AccountCount) : account;
        Utf8.TryWrite(
            target, CultureInfo.InvariantCulture,
            $$"""{"payment":{"id":"{{run}}-{{number}}","occurredAt":"{{clock.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ}}","amount":{"minor":{{Random.Shared.Next(100, 30_000)}},"currency":"EUR"},"channel":"web"},"merchant":{"id":"m_{{Skewed(MerchantCount)}}","category":"5732","country":"DE"},"account":{"id":"a_{{account}}","createdAt":"2024-05-01T00:00:00Z","phone":"+49301{{account:D7}}","country":"DE"},"card":{"token":"tok_{{card}}","last4":"1234","country":"DE"},"device":{"id":"d_{{device}}","userAgent":"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0","language":"de-DE"},"billing":{"country":"DE"},"deadlineMs":{{DeadlineMs}}}""",
            out var length);
        return length;
    }

    private static int Skewed(int among) => (int)(among * Math.Pow(Random.Shared.NextDouble(), 1.5));
}
