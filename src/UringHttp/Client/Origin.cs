using System.Globalization;
using System.Net;
using System.Text;

namespace UringHttp;

/// <summary>Where requests go: scheme, host and port.</summary>
/// <param name="IsSecure">Whether TLS is spoken.</param>
/// <param name="Host">Name or address.</param>
/// <param name="Port">TCP port.</param>
/// <param name="NeedsTunnel">Whether a proxy must pass the bytes on blindly: those of TLS, and of WebSockets.</param>
internal readonly record struct Origin(bool IsSecure, string Host, int Port, bool NeedsTunnel = false)
{
    private const int HttpPort = 80;
    private const int HttpsPort = 443;

    internal static Origin Of(Uri uri) => new(
        IsSecureScheme(uri.Scheme), uri.IdnHost, uri.Port, uri.Scheme != Uri.UriSchemeHttp);

    /// <summary>http and https; and ws and wss, since ClientWebSocket opens its connections with a request of those schemes.</summary>
    internal static bool IsSpoken(string scheme) => scheme == Uri.UriSchemeHttp || scheme == Uri.UriSchemeWs || IsSecureScheme(scheme);

    /// <summary>The value of the Host field: no port where it is the scheme's own, brackets around an IPv6 address.</summary>
    internal byte[] EncodeHostField()
    {
        string host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        bool isUsualPort = Port == (IsSecure ? HttpsPort : HttpPort);
        return Encoding.ASCII.GetBytes(isUsualPort ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{Port}"));
    }

    /// <summary>Host and port, the port in any case: what CONNECT asks for.</summary>
    internal string ToAuthority() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    /// <summary>The address, when the host is written as one; null for a name.</summary>
    internal IPAddress? ParseAddress() => IPAddress.TryParse(Host, out IPAddress? address) ? address : null;

    internal static bool IsSecureScheme(string scheme) => scheme == Uri.UriSchemeHttps || scheme == Uri.UriSchemeWss;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
