using System.Net;

namespace UringHttp;

/// <summary>A proxy, and by whose rules it was chosen. Two that are equal may share connections.</summary>
/// <param name="Uri">Where it is, and what it speaks.</param>
/// <param name="Rules">Whose credentials it may have.</param>
internal sealed record ChosenProxy(Uri Uri, ProxyRules Rules)
{
    /// <summary>What answers its challenges; null without credentials.</summary>
    internal Authenticator? Authentication => Rules.Authentication;

    /// <summary>Name and password for a SOCKS proxy; null without. A user's code.</summary>
    internal NetworkCredential? FindCredential() => Rules.Credentials?.GetCredential(Uri, "Basic");
}
