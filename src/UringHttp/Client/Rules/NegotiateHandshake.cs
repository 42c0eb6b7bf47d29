using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication.ExtendedProtection;

namespace UringHttp;

/// <summary>
/// Our side of a Negotiate or NTLM handshake (RFC 4559): what to say, given what was said. Its steps may block for as long as a key
/// distribution centre takes, so they never run on the loop.
/// </summary>
internal sealed class NegotiateHandshake : IDisposable
{
    private readonly NegotiateAuthentication _authentication;
    private readonly string _scheme;

    private NegotiateHandshake(string scheme, NegotiateAuthenticationClientOptions options)
    {
        _scheme = scheme;
        _authentication = new NegotiateAuthentication(options);
    }

    /// <summary>Whether our side has heard all that it must hear.</summary>
    internal bool IsDone => _authentication.IsAuthenticated;

    /// <summary>Begins the first one that this machine can speak.</summary>
    /// <param name="schemes">What may be spoken, and by whom.</param>
    /// <param name="side">Who wants to know who asks.</param>
    /// <param name="host">Its name, which a Kerberos ticket is asked for.</param>
    /// <param name="binding">The TLS connection that the proof is good for, so that nobody in between can use it; null without TLS.</param>
    /// <param name="said">What to say first.</param>
    /// <returns>Null when it can speak none: no ticket, no library.</returns>
    internal static NegotiateHandshake? TryBegin(
        List<KeyValuePair<string, NetworkCredential>> schemes,
        AuthenticationSide side,
        string host,
        ChannelBinding? binding,
        out AuthenticationHeaderValue? said)
    {
        foreach ((string scheme, NetworkCredential credential) in schemes)
        {
            if (TryBegin(scheme, credential, side, host, binding, out said) is { } handshake)
            {
                return handshake;
            }
        }

        said = null;
        return null;
    }

    /// <summary>Kerberos knows a host by one name, whatever others lead to it; so the stock handler asks for that one. Blocks.</summary>
    internal static string FindCanonicalName(Uri place)
    {
        if (place.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6)
        {
            return place.IdnHost;
        }

        try
        {
            return Dns.GetHostEntry(place.IdnHost).HostName;
        }
        catch (SocketException)
        {
            return place.IdnHost; // only the proxy knows it, say
        }
    }

    /// <summary>What the other side has said in a response; null when it did not go on.</summary>
    internal string? FindHeard(AuthenticationSide side, HttpResponseMessage response) =>
        side.GetChallenges(response).FirstOrDefault(challenge => challenge.Is(_scheme))?.Token68;

    /// <summary>The next thing to say; null when there is nothing to say to that, or this machine cannot say it.</summary>
    /// <param name="heard">What the other side has said; null for the beginning.</param>
    internal AuthenticationHeaderValue? TryStep(string? heard)
    {
        string? said = _authentication.GetOutgoingBlob(heard, out NegotiateAuthenticationStatusCode status);
        return said is not null && IsGood(status) ? new AuthenticationHeaderValue(_scheme, said) : null;
    }

    /// <summary>The reason not to believe the last word of a side that has accepted us; null when it is good.</summary>
    internal string? Check(string heard)
    {
        _authentication.GetOutgoingBlob(heard, out NegotiateAuthenticationStatusCode status);
        return IsGood(status) ? null : status.ToString();
    }

    public void Dispose() => _authentication.Dispose();

    private static NegotiateHandshake? TryBegin(
        string scheme,
        NetworkCredential credential,
        AuthenticationSide side,
        string host,
        ChannelBinding? binding,
        out AuthenticationHeaderValue? said)
    {
        NegotiateHandshake? handshake = null;
        try
        {
            handshake = new NegotiateHandshake(scheme, new NegotiateAuthenticationClientOptions
            {
                Package = scheme,
                Credential = credential,
                TargetName = $"HTTP/{host}",
                Binding = binding,

                // As the stock handler has it: what a proxy need not have may be more than it can do.
                RequiredProtectionLevel = side == AuthenticationSide.Proxy ? ProtectionLevel.None : ProtectionLevel.Sign,
            });
            said = handshake.TryStep(null);
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or PlatformNotSupportedException)
        {
            said = null; // a small container has no GSSAPI library
        }

        if (said is null)
        {
            handshake?.Dispose();
            return null;
        }

        return handshake;
    }

    private static bool IsGood(NegotiateAuthenticationStatusCode status) =>
        status is NegotiateAuthenticationStatusCode.Completed or NegotiateAuthenticationStatusCode.ContinueNeeded;
}
