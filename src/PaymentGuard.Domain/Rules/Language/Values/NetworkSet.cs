using System.Net;
using System.Numerics;

namespace PaymentGuard.Domain.Rules.Language;

/// <summary>Many networks, asked at once: as ranges that do not overlap, in order, searched by halving.</summary>
internal sealed class NetworkSet
{
    private readonly Ranges<uint> v4;
    private readonly Ranges<UInt128> v6;

    public NetworkSet(IEnumerable<Network> networks)
    {
        var distinct = networks.Select(network => network.Masked()).Distinct().ToLookup(network => network.Address.IsV4);
        Count = distinct[true].Count() + distinct[false].Count();
        v4 = new Ranges<uint>(distinct[true].Select(network => ((uint)First(network), (uint)Last(network))));
        v6 = new Ranges<UInt128>(distinct[false].Select(network => (First(network), Last(network))));
    }

    /// <summary>How many different networks were given.</summary>
    public int Count { get; }

    public bool Contains(IPAddress address)
    {
        var bits = AddressBits.Of(address);
        return bits.IsV4 ? v4.Contains((uint)bits.Value) : v6.Contains(bits.Value);
    }

    private static UInt128 First(Network network) => network.Address.Value;

    private static UInt128 Last(Network network)
    {
        var hostBits = network.Address.Width - network.PrefixLength;
        return network.Address.Value | (hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1);
    }

    private readonly struct Ranges<T> where T : struct, IComparisonOperators<T, T, bool>
    {
        private readonly T[] firsts, lasts;

        /// <summary>Of two prefixes one holds the other, or they are apart: the held ones are left out.</summary>
        public Ranges(IEnumerable<(T First, T Last)> ranges)
        {
            var apart = new List<(T First, T Last)>();
            foreach (var range in ranges.OrderBy(range => range.First).ThenByDescending(range => range.Last))
                if (apart.Count == 0 || range.First > apart[^1].Last) apart.Add(range);
            (firsts, lasts) = ([.. apart.Select(range => range.First)], [.. apart.Select(range => range.Last)]);
        }

        public bool Contains(T address)
        {
            var (low, high) = (0, firsts.Length);
            while (low < high)
            {
                var middle = (low + high) >>> 1;
                if (firsts[middle] <= address) low = middle + 1;
                else high = middle;
            }
            return low > 0 && address <= lasts[low - 1];
        }
    }
}
