using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication.ExtendedProtection;

namespace UringHttp;

/// <summary>
/// A way through an HTTP proxy for bytes that it does not understand: CONNECT (RFC 9110 §9.3.6). Made for one tunnel, which may take more
/// than one connection: a proxy may close the one on which it has asked for credentials.
/// </summary>
internal sealed class HttpTunnel(Route route, Authenticator? authenticator, HttpLimits limits) : IDisposable
{
    /// <summary>Answers to one proxy: the first, and one more where it found its nonce too old.</summary>
    private const int MaxAnswers = 2;

    /// <summary>Legs of one handshake. Three do: what does not end by itself is ended.</summary>
    private const int MaxLegs = 8;

    private readonly AuthenticationSubject _subject = new(route.Proxy!.Uri, "CONNECT", route.Origin.ToAuthority());
    private AuthenticationHeaderValue? _field;
    private AuthenticationAnswer? _answer;
    private NegotiateHandshake? _handshake;
    private int _answers;

    /// <summary>Opens it; afterwards the stream leads to the origin.</summary>
    /// <returns>False when the proxy is to be given the answer to its question on another connection: call again, with that.</returns>
    /// <exception cref="HttpRequestException">The proxy refuses, or speaks nonsense.</exception>
    /// <exception cref="IOException">The connection failed.</exception>
    internal async Task<bool> TryOpenAsync(Stream stream, CancellationToken token)
    {
        var proxy = new ProxyConversation(stream, route, limits);
        _field ??= authenticator?.FindKnown(_subject);
        while (true)
        {
            using HttpResponseMessage reply = await proxy.AskAsync(_field?.ToString(), token).ConfigureAwait(false);
            if (reply.IsSuccessStatusCode)
            {
                OnOpen(proxy, reply);
                return true;
            }

            // Credentials are the user's code, and a handshake may ask others: not on the loop.
            if (!await Task.Run(() => TryAnswer(reply, stream), token).ConfigureAwait(false))
            {
                bool wantsCredentials = authenticator is null && AuthenticationSide.Proxy.IsRefusal(reply);
                string remedy = wantsCredentials ? $" It wants credentials: {HttpErrors.ProxyCredentials}." : string.Empty;
                int status = (int)reply.StatusCode;
                throw HttpErrors.TunnelFailed(route, $"It answered with status {status}.{remedy}", status);
            }

            if (!proxy.IsKept)
            {
                return false;
            }

            await proxy.SkipBodyAsync(token).ConfigureAwait(false);
        }
    }

    public void Dispose() => _handshake?.Dispose();

    private void OnOpen(ProxyConversation proxy, HttpResponseMessage reply)
    {
        if (proxy.Surplus > 0)
        {
            throw HttpErrors.TunnelFailed(route, $"{proxy.Surplus} bytes came behind its answer that nobody can have sent yet.", null);
        }

        if (_handshake is { IsDone: false } && _handshake.FindHeard(AuthenticationSide.Proxy, reply) is { } heard
            && _handshake.Check(heard) is { } reason)
        {
            throw HttpErrors.TunnelFailed(route, $"Its own part of the authentication is not good: {reason}.", null);
        }

        if (_answer is not null)
        {
            authenticator!.OnAccepted(_subject, _answer);
        }
    }

    /// <summary>Finds the next thing to say to a proxy that refuses; false when there is none.</summary>
    private bool TryAnswer(HttpResponseMessage reply, Stream stream)
    {
        if (authenticator?.Side.IsRefusal(reply) != true || ++_answers > (_handshake is null ? MaxAnswers : MaxLegs))
        {
            return false;
        }

        AuthenticationHeaderValue? refused = _field;
        if (_handshake is not null)
        {
            _field = _handshake.FindHeard(authenticator.Side, reply) is { } heard ? _handshake.TryStep(heard) : null;
            return _field is not null;
        }

        if (_answer is null)
        {
            List<KeyValuePair<string, NetworkCredential>> schemes = authenticator.FindHandshakes(_subject.Place, reply);
            ChannelBinding? binding = (stream as SslStream)?.TransportContext.GetChannelBinding(ChannelBindingKind.Endpoint);
            _handshake = schemes.Count == 0 ? null : NegotiateHandshake.TryBegin(
                schemes, authenticator.Side, NegotiateHandshake.FindCanonicalName(_subject.Place), binding, out _field);
        }

        if (_handshake is null)
        {
            _answer = authenticator.TryAnswer(_subject, reply, _answer, refused, out _field);
        }

        return _field is not null;
    }
}
