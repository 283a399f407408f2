using System.Net;
using System.Net.Sockets;

namespace PaymentGuard.Domain.Payments;

/// <summary>One spelling for texts that name the same thing. Null when the text names nothing.</summary>
public static class CanonicalText
{
    private const int Ipv4NetworkBits = 24, Ipv6NetworkBits = 48;

    /// <summary>Without space around it, in lower case. Dots and <c>+tags</c> stay: not all providers ignore them.</summary>
    public static string? Email(string? text) => Word(text)?.ToLowerInvariant();

    /// <summary>What follows the last @, in lower case and without a final dot.</summary>
    public static string? EmailDomain(string? text)
    {
        var email = Word(text);
        var at = email?.LastIndexOf('@') ?? -1;
        var domain = at < 0 ? "" : email![(at + 1)..].TrimEnd('.').ToLowerInvariant();
        return domain.Length > 0 ? domain : null;
    }

    /// <summary>The address itself, an IPv4 address written as IPv6 as the former.</summary>
    public static IPAddress? Ip(string? text)
    {
        if (!IPAddress.TryParse(text.AsSpan().Trim(), out var address)) return null;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0) address.ScopeId = 0;
        return address;
    }

    /// <summary>The network that is commonly one customer's: the first 24 bits of an IPv4 address, the first 48 of an IPv6 address.</summary>
    public static string? IpNetwork(IPAddress? address)
    {
        if (address is null) return null;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        var bits = length == 4 ? Ipv4NetworkBits : Ipv6NetworkBits;
        bytes[(bits / 8)..].Clear();
        return $"{new IPAddress(bytes[..length])}/{bits}";
    }

    /// <summary>Its digits; a leading 00 is the + of an international number.</summary>
    public static string? Phone(string? text)
    {
        if (text is null) return null;
        var digits = string.Concat(text.Where(char.IsAsciiDigit));
        if (digits.StartsWith("00", StringComparison.Ordinal)) digits = digits[2..];
        return digits.Length > 0 ? digits : null;
    }

    /// <summary>Country, postal code and city, letters and digits only, in lower case; null unless it says more than the country.</summary>
    public static string? Address(AddressFacts? address)
    {
        if (address is null) return null;
        var postalCode = LettersAndDigits(address.PostalCode);
        var city = LettersAndDigits(address.City);
        return postalCode.Length + city.Length > 0 ? $"{LettersAndDigits(address.Country)}|{postalCode}|{city}" : null;
    }

    /// <summary>Without space around it; null when nothing is left.</summary>
    public static string? Word(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static string LettersAndDigits(string? text) => string.Concat((text ?? "").Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
