using System.Collections.Frozen;
using System.Net;

namespace PaymentGuard.Domain.Rules.Language;

/// <summary>Many networks, asked at once: one look-up for each prefix length that occurs.</summary>
internal sealed class NetworkSet
{
    private readonly (int PrefixLength, bool IsV4, FrozenSet<AddressBits> Prefixes)[] byLength;

    public NetworkSet(IEnumerable<Network> networks)
    {
        byLength =
        [
            .. from network in networks.Select(network => network.Masked()).Distinct()
               group network.Address by (network.PrefixLength, network.Address.IsV4) into same
               select (same.Key.PrefixLength, same.Key.IsV4, same.ToFrozenSet()),
        ];
        Count = byLength.Sum(entry => entry.Prefixes.Count);
    }

    public int Count { get; }

    public bool Contains(IPAddress address)
    {
        var bits = AddressBits.Of(address);
        foreach (var (prefixLength, isV4, prefixes) in byLength)
            if (isV4 == bits.IsV4 && prefixes.Contains(bits.Masked(prefixLength))) return true;
        return false;
    }
}
