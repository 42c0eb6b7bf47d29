using System.Net.Http.Headers;

namespace UringHttp;

/// <summary>What one request has said to one side that wants to know who asks.</summary>
internal sealed class AuthenticationProgress(Authenticator authenticator, Uri? proxy)
{
    /// <summary>Answers for one request: the first, and one more where the nonce was found too old.</summary>
    private const int MaxAnswers = 2;

    private const int MaxHandshakes = 3;

    private AuthenticationAnswer? _answer;
    private AuthenticationHeaderValue? _field;
    private int _answers;
    private int _handshakes;

    internal Authenticator Authenticator => authenticator;

    internal AuthenticationSide Side => authenticator.Side;

    /// <summary>The proxy that it is; null for the server.</summary>
    internal Uri? Proxy => proxy;

    /// <summary>True when it has refused what it asked for.</summary>
    internal bool IsOver { get; private set; }

    /// <summary>The same side, for the request's next place: what it has accepted is known, and what it refuses is asked anew.</summary>
    internal AuthenticationProgress Renew()
    {
        (_answers, _handshakes, IsOver) = (0, 0, false);
        return this;
    }

    /// <summary>
    /// A handshake has ended. One that was refused is not begun again, nor anything weaker in its place. One that was not may have to be
    /// repeated, on another connection.
    /// </summary>
    internal void OnHandshake(HttpResponseMessage response) =>
        IsOver = authenticator.Side.IsRefusal(response) || ++_handshakes == MaxHandshakes;

    /// <summary>Answers a refusal with Basic or Digest; false when there is no answer that was not tried.</summary>
    internal bool TryAnswer(HttpRequestMessage request, HttpResponseMessage refusal)
    {
        if (_answers == MaxAnswers)
        {
            return false;
        }

        AuthenticationHeaderValue? refused = _field
            ?? (proxy is null ? request.Headers.Authorization : request.Headers.ProxyAuthorization);
        AuthenticationSubject subject = AuthenticationSubject.Of(request, proxy);
        AuthenticationAnswer? answer = authenticator.TryAnswer(subject, refusal, _answer, refused, out AuthenticationHeaderValue? field);
        if (answer is null)
        {
            return false;
        }

        _answers++;
        (_answer, _field) = (answer, field);
        return true;
    }

    /// <summary>The field for the next request; null without an answer. An answer of an earlier one is computed anew.</summary>
    internal AuthenticationHeaderValue? TakeField(HttpRequestMessage request)
    {
        AuthenticationHeaderValue? field = _field ?? _answer?.MakeField(AuthenticationSubject.Of(request, proxy));
        _field = null;
        return field;
    }

    /// <summary>The last answer, if any, was not refused.</summary>
    internal void OnAccepted(HttpRequestMessage request)
    {
        if (_answer is not null)
        {
            authenticator.OnAccepted(AuthenticationSubject.Of(request, proxy), _answer);
        }
    }
}
