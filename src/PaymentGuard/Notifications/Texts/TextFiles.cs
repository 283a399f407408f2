using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace PaymentGuard.Notifications.Texts;

/// <summary>The texts for buyers, which are data: the YAML files beside this one.</summary>
internal static class TextFiles
{
    /// <summary>Reads one of the embedded files, such as <c>notices.yaml</c>. What it must not hold throws.</summary>
    public static T Read<T>(string name)
    {
        using var file = new StreamReader(typeof(TextFiles).Assembly.GetManifestResourceStream($"{typeof(TextFiles).Namespace}.{name}")!);
        return new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).WithEnforceRequiredMembers().Build().Deserialize<T>(file);
    }
}

/// <summary>A text in each language that buyers are spoken to in.</summary>
internal sealed class Bilingual<T>
{
    public required T Zh { get; init; }

    public required T En { get; init; }

    /// <summary>By the language's two letters; null when buyers are not spoken to in it.</summary>
    public T? Of(string language) => language switch { "zh" => Zh, "en" => En, _ => default };
}

internal sealed class MessageText
{
    public required string Subject { get; init; }

    public required string Text { get; init; }
}

/// <summary>The file <c>notifications.yaml</c>.</summary>
internal sealed class NotificationWords
{
    /// <summary>By <see cref="NotificationKinds"/>.</summary>
    public required Dictionary<string, Bilingual<MessageText>> Kinds { get; init; }

    /// <summary><c>payee</c> and <c>no_payee</c>.</summary>
    public required Dictionary<string, Bilingual<string>> Payments { get; init; }

    public required Dictionary<string, Bilingual<string>> Actions { get; init; }

    public required Dictionary<string, Bilingual<string>> Factors { get; init; }
}
