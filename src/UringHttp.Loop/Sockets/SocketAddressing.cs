using System.Net;
using System.Net.Sockets;

namespace UringHttp;

/// <summary>Endpoints of .NET and socket addresses of Linux. The BCL does the encoding; here is only the meeting point.</summary>
internal static class SocketAddressing
{
    /// <summary>The largest sockaddr: sockaddr_storage.</summary>
    internal const int MaxLength = 128;

    private const int DomainUnix = 1;
    private const int DomainIPv4 = 2;
    private const int DomainIPv6 = 10;

    /// <summary>Writes a sockaddr of a descriptor, and says its length, or minus an errno: getsockname and getpeername.</summary>
    internal delegate int NameReader(int descriptor, Span<byte> address);

    /// <summary>The bytes of a sockaddr for the endpoint.</summary>
    internal static Memory<byte> Encode(EndPoint endpoint)
    {
        _ = GetDomain(endpoint); // says what is needed; others fail to serialize without a word
        SocketAddress address = endpoint.Serialize();
        return address.Buffer[..address.Size];
    }

    /// <summary>The endpoint for the bytes of a sockaddr.</summary>
    internal static EndPoint Decode(ReadOnlySpan<byte> bytes)
    {
        int domain = bytes.Length < 2 ? 0 : BitConverter.ToUInt16(bytes);
        AddressFamily family = domain switch
        {
            DomainUnix => AddressFamily.Unix,
            DomainIPv4 => AddressFamily.InterNetwork,
            DomainIPv6 => AddressFamily.InterNetworkV6,
            _ => throw new NotSupportedException($"The socket has an address of family {domain}, which is not IPv4, IPv6 or unix."),
        };
        var address = new SocketAddress(family, Math.Max(bytes.Length, 2)) { Size = bytes.Length };
        bytes.CopyTo(address.Buffer.Span);
        return family switch
        {
            AddressFamily.Unix => new UnixDomainSocketEndPoint("/").Create(address),
            AddressFamily.InterNetwork => new IPEndPoint(IPAddress.Any, 0).Create(address),
            _ => new IPEndPoint(IPAddress.IPv6Any, 0).Create(address),
        };
    }

    /// <summary>The endpoint that the kernel names.</summary>
    internal static EndPoint Read(NameReader read, int descriptor, string operation)
    {
        Span<byte> address = stackalloc byte[MaxLength];
        int length = read(descriptor, address);
        return length >= 0 ? Decode(address[..length]) : throw new UringException(-length, operation);
    }

    /// <summary>The number that socket(2) knows the endpoint's family by.</summary>
    internal static int GetDomain(EndPoint endpoint) => endpoint.AddressFamily switch
    {
        AddressFamily.Unix => DomainUnix,
        AddressFamily.InterNetwork => DomainIPv4,
        AddressFamily.InterNetworkV6 => DomainIPv6,
        _ => throw new NotSupportedException(
            $"{endpoint} cannot be used: an IPEndPoint or a UnixDomainSocketEndPoint is needed. Names are resolved by the caller."),
    };
}
