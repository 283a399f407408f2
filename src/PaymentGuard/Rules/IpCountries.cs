using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace PaymentGuard.Rules;

/// <summary>Which country an address is delegated to: two sorted tables of ranges, one for IPv4 and one for IPv6, searched by halves. Immutable.</summary>
internal sealed class IpCountries
{
    private readonly RangeTable<uint> v4;
    private readonly RangeTable<UInt128> v6;

    private IpCountries(IReadOnlyList<(IPNetwork Network, string Country)> rows)
    {
        v4 = new(rows.Where(row => row.Network.BaseAddress.AddressFamily == AddressFamily.InterNetwork), NumberV4, 32);
        v6 = new(rows.Where(row => row.Network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6), NumberV6, 128);
    }

    /// <summary>Knows no address.</summary>
    public static IpCountries None { get; } = new([]);

    /// <summary>How many ranges there are, neighbours of one country being one.</summary>
    public int Count => v4.Count + v6.Count;

    /// <summary>Reads a CSV with the header <c>prefix,country</c>, gzipped when its name ends in <c>.gz</c>. Where ranges overlap, the narrowest holds.</summary>
    /// <exception cref="InvalidDataException">A line is something else; the message names it.</exception>
    public static IpCountries Load(string path)
    {
        using Stream file = File.OpenRead(path);
        using var text = new StreamReader(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file);
        return Read(text, path);
    }

    public static IpCountries Read(TextReader text, string name)
    {
        if (text.ReadLine() is not "prefix,country") throw new InvalidDataException($"{name}: the first line has to be: prefix,country");
        var rows = new List<(IPNetwork, string)>();
        for (var line = 2; text.ReadLine() is { } row; line++)
        {
            var comma = row.IndexOf(',');
            if (comma < 0 || !IPNetwork.TryParse(row.AsSpan(0, comma), out var network) || row.Length != comma + 3)
                throw new InvalidDataException($"{name}:{line}: a line is a CIDR prefix and a country of two letters.");
            rows.Add((network, string.Intern(row[(comma + 1)..])));
        }
        return new IpCountries(rows);
    }

    /// <summary>ISO 3166-1 alpha-2; null when no range holds the address.</summary>
    public string? CountryOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetwork ? v4.Find(NumberV4(address)) : v6.Find(NumberV6(address));
    }

    private static uint NumberV4(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    private static UInt128 NumberV6(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>The number line cut where the country changes: from starts[n] up to the next start it is countries[n], or none.</summary>
    private sealed class RangeTable<T> where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        private readonly List<T> starts = [T.MinValue];
        private readonly List<string?> countries = [null];

        public RangeTable(IEnumerable<(IPNetwork Network, string Country)> rows, Func<IPAddress, T> number, int bits)
        {
            var open = new Stack<(T Last, string Country)>();
            foreach (var (first, prefix, country) in rows
                .Select(row => (First: number(row.Network.BaseAddress), row.Network.PrefixLength, row.Country))
                .OrderBy(row => row.First).ThenBy(row => row.PrefixLength))
            {
                Close(open, first);
                Cut(first, country);
                open.Push((prefix == 0 ? T.MaxValue : first + ((T.One << (bits - prefix)) - T.One), country));
            }
            Close(open, before: null);
            (starts.Capacity, countries.Capacity) = (starts.Count, countries.Count);
        }

        public int Count => countries.Count(country => country is not null);

        public string? Find(T address)
        {
            var index = starts.BinarySearch(address);
            return countries[index >= 0 ? index : ~index - 1];
        }

        /// <summary>Ends the ranges that end before a number, innermost first; what encloses them goes on.</summary>
        private void Close(Stack<(T Last, string Country)> open, T? before)
        {
            while (open.TryPeek(out var range) && (before is null || range.Last < before.Value))
            {
                open.Pop();
                if (range.Last != T.MaxValue) Cut(range.Last + T.One, open.TryPeek(out var outer) ? outer.Country : null);
            }
        }

        private void Cut(T start, string? country)
        {
            if (starts[^1] == start)
            {
                starts.RemoveAt(starts.Count - 1);
                countries.RemoveAt(countries.Count - 1);
            }
            if (countries.Count > 0 && countries[^1] == country) return;
            starts.Add(start);
            countries.Add(country);
        }
    }
}
