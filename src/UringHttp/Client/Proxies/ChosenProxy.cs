using System.Net;
using System.Text;

namespace UringHttp;

/// <summary>A proxy, and who goes by it. Two that are equal may share connections.</summary>
/// <param name="Uri">Where it is, and what it speaks.</param>
/// <param name="Credentials">Who asks it; null for nobody in particular.</param>
internal sealed record ChosenProxy(Uri Uri, ICredentials? Credentials)
{
    /// <summary>Name and password; null without.</summary>
    internal NetworkCredential? FindCredential() => Credentials?.GetCredential(Uri, "Basic");

    /// <summary>The value of Proxy-Authorization; null without credentials. Basic, unasked: the proxy is configured, not met.</summary>
    internal string? Authorize() => FindCredential() is { } credential
        ? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:{credential.Password}"))
        : null;
}
