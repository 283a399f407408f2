using System.Collections.Frozen;
using System.Net;

namespace PaymentGuard.Domain.Rules.Language;

/// <summary>A list that rules name: <c>bin in @bad_bins</c>.</summary>
/// <param name="Name">Without the <c>@</c>.</param>
/// <param name="ElementType">What is looked up: <see cref="SignalType.Text"/>, or <see cref="SignalType.Ip"/> in a list of networks.</param>
public sealed record NamedList
{
    /// <summary>What the signals of lists that cannot be read begin with; no attribute does.</summary>
    internal const string UnreadPrefix = "list.";

    private readonly FrozenSet<string> texts;
    private readonly NetworkSet networks;

    private NamedList(string name, SignalType elementType, IEnumerable<string> texts, IEnumerable<Network> networks)
    {
        Name = name;
        ElementType = elementType;
        this.texts = texts.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        this.networks = new NetworkSet(networks);
    }

    public string Name { get; }

    public SignalType ElementType { get; }

    /// <summary>What conditions read in place of a list that cannot be read: the signal <c>list.name</c>, which nobody can give a value. Null: the list is there.</summary>
    internal AttributeDefinition? Unread { get; private init; }

    public int Count => ElementType == SignalType.Text ? texts.Count : networks.Count;

    /// <summary>Texts, compared without regard to small and capital letters.</summary>
    public static NamedList OfTexts(string name, IEnumerable<string> texts) => new(name, SignalType.Text, texts, []);

    /// <summary>Addresses and CIDR prefixes.</summary>
    /// <exception cref="FormatException">One is neither; the message names it.</exception>
    public static NamedList OfNetworks(string name, IEnumerable<string> networks) => new(name, SignalType.Ip, [], networks.Select(Network.Parse));

    /// <summary>A list that exists and cannot be read: who is in it is missing.</summary>
    public static NamedList Unavailable(string name) =>
        new(name, SignalType.Text, [], []) { Unread = new(UnreadPrefix + name, SignalType.Text, "A list that could not be read") };

    internal bool ContainsText(string text) => texts.Contains(text);

    internal bool ContainsAddress(IPAddress address) => networks.Contains(address);
}
