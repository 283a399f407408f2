using System.Net;
using System.Net.Sockets;

namespace PaymentGuard.Domain.Rules.Language.Functions;

/// <summary>Addresses and networks, by the names that Kubernetes gave them in CEL.</summary>
internal static class NetworkFunctions
{
    private static readonly Network V4Loopback = Network.Parse("127.0.0.0/8"), V6Loopback = Network.Parse("::1/128");
    private static readonly Network V4LinkLocal = Network.Parse("169.254.0.0/16"), V6LinkLocal = Network.Parse("fe80::/10");
    private static readonly Network V4Multicast = Network.Parse("224.0.0.0/4"), V6Multicast = Network.Parse("ff00::/8");
    private static readonly Network V4LinkLocalMulticast = Network.Parse("224.0.0.0/24");

    [RuleFunction("ip", cost: 30)]
    public static bool TryIp(string text, out IPAddress? result) => AddressBits.TryParseAddress(text, out result);

    [RuleFunction("isIP", cost: 30)]
    public static bool IsIp(string text) => AddressBits.TryParseAddress(text, out _);

    /// <summary>Whether it is spelled as RFC 5952 wants it. Missing when it is no address.</summary>
    [RuleFunction("ip.isCanonical", cost: 50)]
    public static bool TryIsCanonical(string text, out bool result)
    {
        var isAddress = AddressBits.TryParseAddress(text, out var address);
        result = isAddress && address!.ToString() == text;
        return isAddress;
    }

    [RuleFunction("cidr", cost: 30)]
    public static bool TryCidr(string text, out Network result) => Network.TryParse(text, out result);

    [RuleFunction("isCIDR", cost: 30)]
    public static bool IsCidr(string text) => Network.TryParse(text, out _);

    [RuleFunction("family", CallStyle.Method)]
    public static long Family(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? 4 : 6;

    [RuleFunction("isUnspecified", CallStyle.Method, cost: 5)]
    public static bool IsUnspecified(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    [RuleFunction("isLoopback", CallStyle.Method, cost: 5)]
    public static bool IsLoopback(IPAddress address) => IsIn(address, V4Loopback, V6Loopback);

    [RuleFunction("isGlobalUnicast", CallStyle.Method, cost: 10)]
    public static bool IsGlobalUnicast(IPAddress address) =>
        !IsUnspecified(address) && !address.Equals(IPAddress.Broadcast) && !IsLoopback(address) && !IsIn(address, V4Multicast, V6Multicast) && !IsLinkLocalUnicast(address);

    [RuleFunction("isLinkLocalUnicast", CallStyle.Method, cost: 5)]
    public static bool IsLinkLocalUnicast(IPAddress address) => IsIn(address, V4LinkLocal, V6LinkLocal);

    /// <summary>In IPv6 the scope is in the last four bits of the second byte, whatever the flags before it.</summary>
    [RuleFunction("isLinkLocalMulticast", CallStyle.Method, cost: 5)]
    public static bool IsLinkLocalMulticast(IPAddress address)
    {
        var bits = AddressBits.Of(address);
        return bits.IsV4 ? V4LinkLocalMulticast.Contains(bits) : (bits.Value >> 112 & 0xFF0F) == 0xFF02;
    }

    [RuleFunction("containsIP", CallStyle.Method, cost: 5)]
    public static bool ContainsIp(Network network, IPAddress address) => network.Contains(AddressBits.Of(address));

    [RuleFunction("containsIP", CallStyle.Method, cost: 30)]
    public static bool TryContainsIp(Network network, string text, out bool result)
    {
        var isAddress = AddressBits.TryParse(text, out var address);
        result = isAddress && network.Contains(address);
        return isAddress;
    }

    [RuleFunction("containsCIDR", CallStyle.Method, cost: 5)]
    public static bool ContainsCidr(Network network, Network other) => network.Contains(other);

    [RuleFunction("containsCIDR", CallStyle.Method, cost: 30)]
    public static bool TryContainsCidr(Network network, string text, out bool result)
    {
        var isNetwork = Network.TryParse(text, out var other);
        result = isNetwork && network.Contains(other);
        return isNetwork;
    }

    [RuleFunction("ip", CallStyle.Method, cost: 20)]
    public static IPAddress Ip(Network network) => network.Address.ToAddress();

    [RuleFunction("masked", CallStyle.Method)]
    public static Network Masked(Network network) => network.Masked();

    [RuleFunction("prefixLength", CallStyle.Method)]
    public static long PrefixLength(Network network) => network.PrefixLength;

    private static bool IsIn(IPAddress address, Network v4, Network v6)
    {
        var bits = AddressBits.Of(address);
        return (bits.IsV4 ? v4 : v6).Contains(bits);
    }
}
