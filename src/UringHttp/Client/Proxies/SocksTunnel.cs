using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UringHttp;

/// <summary>A way through a SOCKS proxy: version 4, 4a (names), or 5 (RFC 1928, with the password of RFC 1929).</summary>
internal static class SocksTunnel
{
    private const byte Version4 = 4;
    private const byte Version5 = 5;
    private const byte PasswordVersion = 1;
    private const byte Connect = 1;
    private const byte Granted4 = 90;
    private const byte NoAuthentication = 0;
    private const byte Password = 2;
    private const byte NothingAcceptable = 0xFF;
    private const byte AddressV4 = 1;
    private const byte AddressName = 3;
    private const byte AddressV6 = 4;

    /// <summary>Opens it; afterwards the stream leads to the origin.</summary>
    /// <exception cref="HttpRequestException">The proxy refuses, or speaks nonsense.</exception>
    /// <exception cref="IOException">The connection failed.</exception>
    internal static Task OpenAsync(Stream stream, Route route, NetworkCredential? credential, CancellationToken token) =>
        route.Proxy!.Uri.Scheme == "socks5"
            ? OpenVersion5Async(stream, route, credential, token)
            : OpenVersion4Async(stream, route, credential, token);

    private static async Task OpenVersion4Async(Stream stream, Route route, NetworkCredential? credential, CancellationToken token)
    {
        bool byName = route.Proxy!.Uri.Scheme == "socks4a";
        IPAddress? address = route.Origin.ParseAddress();
        if (address is null && !byName)
        {
            IPAddress[] found = await Dns.GetHostAddressesAsync(route.Origin.Host, AddressFamily.InterNetwork, token).ConfigureAwait(false);
            address = found.FirstOrDefault();
        }

        if (address is null ? !byName : address.AddressFamily != AddressFamily.InterNetwork)
        {
            throw HttpErrors.TunnelFailed(route, "SOCKS4 reaches IPv4 addresses only.", null);
        }

        string user = credential?.UserName ?? string.Empty;
        if (user.Contains('\0', StringComparison.Ordinal))
        {
            throw HttpErrors.TunnelFailed(route, "For SOCKS4, the user name must not hold a NUL, which ends it.", null);
        }

        var request = new List<byte>(64) { Version4, Connect };
        AddPort(request, route.Origin.Port);
        request.AddRange(address?.GetAddressBytes() ?? [0, 0, 0, 1]); // no address: the name follows
        request.AddRange(Encoding.UTF8.GetBytes(user));
        request.Add(0);
        if (address is null)
        {
            request.AddRange(Encoding.ASCII.GetBytes(route.Origin.Host));
            request.Add(0);
        }

        await stream.WriteAsync(request.ToArray(), token).ConfigureAwait(false);
        byte[] answer = new byte[8];
        await stream.ReadExactlyAsync(answer, token).ConfigureAwait(false);
        if (answer[1] != Granted4)
        {
            throw HttpErrors.TunnelFailed(route, $"It refused with code {answer[1]}.", null);
        }
    }

    private static async Task OpenVersion5Async(Stream stream, Route route, NetworkCredential? credential, CancellationToken token)
    {
        if (route.Origin.Host.Length > byte.MaxValue)
        {
            // A name in the DNS has at most 253, but a URI may have more; cut off, its rest would be read as what follows it.
            throw HttpErrors.TunnelFailed(
                route, $"SOCKS5 takes names of at most 255 bytes; this one has {route.Origin.Host.Length}.", null);
        }

        byte[] methods = credential is null
            ? [Version5, 1, NoAuthentication]
            : [Version5, 2, NoAuthentication, Password];
        await stream.WriteAsync(methods, token).ConfigureAwait(false);
        byte[] answer = new byte[4];
        await stream.ReadExactlyAsync(answer.AsMemory(0, 2), token).ConfigureAwait(false);
        CheckVersion(route, answer[0], Version5);
        if (answer[1] == Password && credential is not null)
        {
            await SendPasswordAsync(stream, route, credential, token).ConfigureAwait(false);
        }
        else if (answer[1] != NoAuthentication)
        {
            string wish = answer[1] == NothingAcceptable
                ? $"It wants credentials: {HttpErrors.ProxyCredentials}."
                : $"It wants method {answer[1]}, which is not spoken.";
            throw HttpErrors.TunnelFailed(route, wish, null);
        }

        await stream.WriteAsync(WriteConnect(route), token).ConfigureAwait(false);
        await stream.ReadExactlyAsync(answer, token).ConfigureAwait(false);
        CheckVersion(route, answer[0], Version5);
        if (answer[1] != 0)
        {
            throw HttpErrors.TunnelFailed(route, $"It refused: {Describe(answer[1])}.", null);
        }

        await SkipAddressAsync(stream, route, answer[3], token).ConfigureAwait(false);
    }

    private static async Task SendPasswordAsync(Stream stream, Route route, NetworkCredential credential, CancellationToken token)
    {
        byte[] name = Encoding.UTF8.GetBytes(credential.UserName);
        byte[] password = Encoding.UTF8.GetBytes(credential.Password);
        if (name.Length is 0 or > byte.MaxValue || password.Length is 0 or > byte.MaxValue)
        {
            throw HttpErrors.TunnelFailed(route, "For SOCKS5, name and password must have 1 to 255 bytes in UTF-8.", null);
        }

        byte[] request = [PasswordVersion, (byte)name.Length, .. name, (byte)password.Length, .. password];
        await stream.WriteAsync(request, token).ConfigureAwait(false);
        byte[] answer = new byte[2];
        await stream.ReadExactlyAsync(answer, token).ConfigureAwait(false);
        if (answer[1] != 0)
        {
            throw HttpErrors.TunnelFailed(route, "It refused the name or the password.", null);
        }
    }

    private static byte[] WriteConnect(Route route)
    {
        var request = new List<byte>(64) { Version5, Connect, 0 };
        if (route.Origin.ParseAddress() is { } address)
        {
            request.Add(address.AddressFamily == AddressFamily.InterNetworkV6 ? AddressV6 : AddressV4);
            request.AddRange(address.GetAddressBytes());
        }
        else
        {
            byte[] name = Encoding.ASCII.GetBytes(route.Origin.Host);
            request.Add(AddressName);
            request.Add((byte)name.Length);
            request.AddRange(name);
        }

        AddPort(request, route.Origin.Port);
        return [.. request];
    }

    /// <summary>The address that the proxy goes out from: of a length of its own, and of no interest.</summary>
    private static async Task SkipAddressAsync(Stream stream, Route route, byte kind, CancellationToken token)
    {
        byte[] rest = new byte[byte.MaxValue + sizeof(ushort)];
        int length = kind switch
        {
            AddressV4 => 4,
            AddressV6 => 16,
            AddressName => await ReadLengthAsync(stream, rest, token).ConfigureAwait(false),
            _ => throw HttpErrors.TunnelFailed(route, $"Its answer has an address of the unknown kind {kind}.", null),
        };
        await stream.ReadExactlyAsync(rest.AsMemory(0, length + sizeof(ushort)), token).ConfigureAwait(false);
    }

    private static async Task<int> ReadLengthAsync(Stream stream, byte[] buffer, CancellationToken token)
    {
        await stream.ReadExactlyAsync(buffer.AsMemory(0, 1), token).ConfigureAwait(false);
        return buffer[0];
    }

    private static void AddPort(List<byte> request, int port)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)port);
        request.AddRange(bytes);
    }

    private static void CheckVersion(Route route, byte version, byte expected)
    {
        if (version != expected)
        {
            throw HttpErrors.TunnelFailed(route, $"It answered with version {version}, not {expected}: it may not be a SOCKS proxy.", null);
        }
    }

    private static string Describe(byte code) => code switch
    {
        1 => "general failure (1)",
        2 => "not allowed by its rules (2)",
        3 => "network unreachable (3)",
        4 => "host unreachable (4)",
        5 => "connection refused (5)",
        6 => "time to live expired (6)",
        7 => "command not supported (7)",
        8 => "kind of address not supported (8)",
        _ => $"code {code}",
    };
}
