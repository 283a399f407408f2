using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using PaymentGuard.Platform;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard token</c>: an access token for a local set-up, and nothing else on standard output.</summary>
internal static class TokenCommand
{
    private static readonly TimeSpan LifetimeMax = TimeSpan.FromDays(30);

    public static Command Create()
    {
        var scopes = new Option<string[]>("--scope")
        {
            Description = "What the token allows; may be repeated: risk:assess, risk:read, events:write and so on",
            Required = true,
        };
        var subject = new Option<string>("--sub") { Description = "Who acts", DefaultValueFactory = _ => "local" };
        var lifetime = new Option<TimeSpan?>("--expires")
        {
            Description = "How long it is valid, such as 90s, 15m, 1h or 7d; at most 30d; an hour unless given",
            CustomParser = Lifetime,
        };
        var command = new Command("token", "Make an access token, signed with PAYMENTGUARD_SIGNING_KEY") { scopes, subject, lifetime };
        command.SetAction(parsed =>
        {
            using var signer = TokenSigner.Create(Settings.FromEnvironment(), TimeProvider.System);
            Console.WriteLine(signer.Sign(parsed.GetRequiredValue(subject), parsed.GetRequiredValue(scopes), parsed.GetValue(lifetime) ?? TimeSpan.FromHours(1)));
        });
        return command;
    }

    private static TimeSpan? Lifetime(ArgumentResult result)
    {
        var text = result.Tokens.Single().Value;
        if (Duration(text) is { } lifetime && lifetime > TimeSpan.Zero && lifetime <= LifetimeMax) return lifetime;
        result.AddError($"'{text}' is no lifetime: write a whole number and s, m, h or d, at most 30d.");
        return null;
    }

    private static TimeSpan? Duration(string text)
    {
        if (text.Length is < 2 or > 9 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(Math.Min(number, 10_000)),
            _ => null,
        };
    }
}
