using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace PaymentGuard.Rules;

/// <summary>
/// To YAML a colon and a space end a text that is not in quotes, and conditions are full of them: <c>where: outcome = "declined"</c>.
/// Where nothing else can be meant, the space is hidden from the YAML reader, and no place in the file moves.
/// </summary>
internal static partial class PlainText
{
    /// <summary>Of the private use area, which no rule has a use for.</summary>
    private const char HiddenSpace = '\uE000';

    public static string Hide(string yaml) => CallAsKey().Replace(TextAsValue().Replace(yaml, HideSpaces), HideSpaces);

    public static void Restore(YamlNode root)
    {
        foreach (var scalar in root.AllNodes.OfType<YamlScalarNode>())
            scalar.Value = scalar.Value?.Replace(HiddenSpace, ' ');
    }

    private static string HideSpaces(Match match)
    {
        var text = match.Groups["text"];
        return match.Value[..^text.Length] + text.Value.Replace(": ", $":{HiddenSpace}", StringComparison.Ordinal);
    }

    /// <summary><c>when: card.count(10m, include: current) >= 3</c></summary>
    [GeneratedRegex(@"^[ ]*(?:- )?[\w-]+:[ ]+(?<text>[\w(!:@].*)$", RegexOptions.Multiline)]
    private static partial Regex TextAsValue();

    /// <summary><c>card.count(10m, include: current): 3</c></summary>
    [GeneratedRegex(@"^[ ]*(?:- )?(?<text>\w+\.\w+\(.*\))(?=:[ ])", RegexOptions.Multiline)]
    private static partial Regex CallAsKey();
}
