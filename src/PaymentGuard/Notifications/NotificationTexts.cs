using System.Globalization;
using System.Text.RegularExpressions;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Notifications.Texts;

namespace PaymentGuard.Notifications;

/// <param name="Link">"It was not me"; the text has it as well.</param>
internal sealed record RenderedText(string Subject, string Text, string Link);

/// <summary>Writes what buyers are told, in the language of the fact <c>language</c>, or first in Chinese and then in English.</summary>
internal sealed partial class NotificationTexts(NotMeTokens tokens, AccountPage page)
{
    // Read when the first message is sent: a process that sends none starts without it.
    private static readonly Lazy<NotificationWords> Words = new(() => TextFiles.Read<NotificationWords>("notifications.yaml"));

    /// <summary>Of ten, by a currency's decimals.</summary>
    private static readonly decimal[] Powers = [1, 10, 100, 1_000, 10_000];

    /// <summary>Throws when the facts lack what the text tells: a message with a hole in it is not sent.</summary>
    public RenderedText Of(ClaimedMessage message, IReadOnlyDictionary<string, string> facts)
    {
        var words = Words.Value.Kinds[message.Kind];
        var link = page.LinkFor(tokens.Of(message.NotificationId));
        var texts = Languages(facts).Select(language => (words.Of(language)!, new Telling(message, facts, language, link))).ToList();
        return new RenderedText(
            string.Join(" / ", texts.Select(text => Fill(text.Item1.Subject, text.Item2))), string.Join("\n\n", texts.Select(text => Fill(text.Item1.Text, text.Item2))), link);
    }

    /// <summary>With the currency's decimals, in digits that both languages read: <c>1,250.00 EUR</c>, <c>1,250 JPY</c>.</summary>
    public static string AmountText(Money amount)
    {
        if (!Currencies.TryGetDecimals(amount.Currency, out var decimals)) throw new InvalidDataException("A message's amount has no currency.");
        return (amount.Minor / Powers[decimals]).ToString($"N{decimals}", CultureInfo.InvariantCulture) + " " + amount.Currency;
    }

    private static string[] Languages(IReadOnlyDictionary<string, string> facts) => facts.GetValueOrDefault("language") switch
    {
        "zh" => ["zh"],
        "en" => ["en"],
        _ => ["zh", "en"],
    };

    // One pass: what a fact holds is never taken for a placeholder.
    private static string Fill(string template, Telling telling) => Placeholder().Replace(template, match => telling.Value(match.Groups[1].Value));

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Placeholder();

    /// <summary>What the placeholders of one text stand for.</summary>
    private sealed class Telling(ClaimedMessage message, IReadOnlyDictionary<string, string> facts, string language, string link)
    {
        public string Value(string name) => name switch
        {
            "link" => link,
            "time" => message.CreatedAt.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            "minutes" => Math.Ceiling((message.ExpiresAt - message.CreatedAt).TotalMinutes).ToString(CultureInfo.InvariantCulture),
            "act" => facts.ContainsKey("amountMinor") ? Payment() : Phrase(Words.Value.Actions, Fact("action")),
            "amount" => AmountText(new Money(long.Parse(Fact("amountMinor"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), Fact("currency"))),
            "factor" => Phrase(Words.Value.Factors, Fact("factor")),
            _ => OneLine(Fact(name)),
        };

        private string Payment() => Fill(Phrase(Words.Value.Payments, facts.GetValueOrDefault("payee") is { Length: > 0 } ? "payee" : "no_payee"), this);

        private string Phrase(Dictionary<string, Bilingual<string>> phrases, string name) => phrases.GetValueOrDefault(name)?.Of(language) ?? throw Lacks(name);

        private string Fact(string name) => facts.GetValueOrDefault(name) ?? throw Lacks(name);

        private InvalidDataException Lacks(string name) => new($"A message {message.Kind} cannot say {name}.");
    }

    /// <summary>A payee's name must not look like the rest of the message.</summary>
    private static string OneLine(string text) => string.Concat(text.Select(letter => char.IsControl(letter) || letter is '\u2028' or '\u2029' ? ' ' : letter));
}
