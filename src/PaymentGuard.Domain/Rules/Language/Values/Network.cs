using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PaymentGuard.Domain.Rules.Language;

/// <summary>A range of addresses that share their first bits: <c>203.0.113.0/24</c>.</summary>
/// <param name="Address">As written, host bits included; 32 or 128 bits.</param>
/// <param name="PrefixLength">How many leading bits are shared: 0 to 32, or to 128.</param>
public readonly record struct Network(AddressBits Address, int PrefixLength)
{
    /// <summary>The range with its host bits cleared.</summary>
    public Network Masked() => this with { Address = Address.Masked(PrefixLength) };

    public bool Contains(AddressBits address) => address.IsV4 == Address.IsV4 && address.Masked(PrefixLength) == Address.Masked(PrefixLength);

    public bool Contains(Network other) => other.PrefixLength >= PrefixLength && Contains(other.Address);

    public override string ToString() => $"{Address.ToAddress()}/{PrefixLength.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>An address, which is a range of one, or a prefix.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static Network Parse(string text)
    {
        if (TryParse(text, out var network)) return network;
        if (AddressBits.TryParse(text, out var address)) return new Network(address, address.Width);
        throw new FormatException($"'{text}' is neither an address nor a network such as 203.0.113.0/24.");
    }

    /// <summary>Reads a prefix; false for a bare address and for one with a zone.</summary>
    public static bool TryParse(string text, out Network network)
    {
        network = default;
        var slash = text.IndexOf('/');
        if (slash < 0 || !AddressBits.TryParse(text[..slash], out var address)) return false;
        var digits = text.AsSpan(slash + 1);
        if (digits.Length is 0 or > 3 || (digits.Length > 1 && digits[0] == '0')) return false;
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > address.Width) return false;
        network = new Network(address, length);
        return true;
    }
}

/// <summary>An IPv4 or IPv6 address as a number.</summary>
public readonly record struct AddressBits(UInt128 Value, bool IsV4)
{
    public int Width => IsV4 ? 32 : 128;

    /// <summary>IPv6 addresses that only wrap an IPv4 address are that IPv4 address, or a list of networks could be passed by in disguise.</summary>
    public static AddressBits Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        if (written == 4) return new AddressBits(BinaryPrimitives.ReadUInt32BigEndian(bytes), true);
        var value = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return value >> 32 == 0xFFFF ? new AddressBits((uint)value, true) : new AddressBits(value, false);
    }

    public AddressBits Masked(int prefixLength)
    {
        var hostBits = Width - prefixLength;
        return hostBits >= 128 ? this with { Value = 0 } : this with { Value = Value >> hostBits << hostBits };
    }

    public IPAddress ToAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return new IPAddress(IsV4 ? bytes[12..] : bytes);
    }

    public static bool TryParse(string text, out AddressBits bits)
    {
        bits = default;
        if (!TryParseAddress(text, out var address)) return false;
        bits = Of(address);
        return true;
    }

    /// <summary>
    /// Four decimal numbers, or IPv6 without a zone. Stricter than <see cref="IPAddress.TryParse(string, out IPAddress)"/>, which takes 1 for
    /// 0.0.0.1 and 010.0.0.1 for 8.0.0.1: such spellings hide addresses. An IPv4 address inside an IPv6 one must be written in hexadecimal.
    /// </summary>
    public static bool TryParseAddress(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        var isV6 = text.Contains(':');
        if (isV6 ? text.AsSpan().ContainsAny("%[].") : !IsDottedQuad(text)) return false;
        return IPAddress.TryParse(text, out address) && address.AddressFamily == (isV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork);
    }

    private static bool IsDottedQuad(string text)
    {
        var parts = 0;
        foreach (var range in text.AsSpan().Split('.'))
        {
            var part = text.AsSpan(range);
            if (++parts > 4 || part.Length is 0 or > 3 || part.ContainsAnyExceptInRange('0', '9') || (part.Length > 1 && part[0] == '0')) return false;
        }
        return parts == 4;
    }
}
