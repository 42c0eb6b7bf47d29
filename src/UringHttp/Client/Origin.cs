using System.Globalization;
using System.Net;
using System.Text;

namespace UringHttp;

/// <summary>Where requests go: host and port. Connections are pooled by it.</summary>
internal readonly record struct Origin(string Host, int Port)
{
    internal static Origin Of(Uri uri) => new(uri.IdnHost, uri.Port);

    /// <summary>The value of the Host field: no port where it is the scheme's own, brackets around an IPv6 address.</summary>
    internal byte[] EncodeHostField()
    {
        string host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        return Encoding.ASCII.GetBytes(Port == 80 ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{Port}"));
    }

    /// <summary>The address, when the host is written as one; null for a name.</summary>
    internal IPAddress? ParseAddress() => IPAddress.TryParse(Host, out IPAddress? address) ? address : null;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
