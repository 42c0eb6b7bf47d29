using System.Net;
using System.Net.Http.Headers;

namespace UringHttp;

/// <summary>Who wants to know who asks: the server, or a proxy on the way to it (RFC 9110 §11.6 and §11.7).</summary>
internal sealed class AuthenticationSide
{
    private readonly HttpStatusCode _refusal;
    private readonly string _challengeField;

    private AuthenticationSide(HttpStatusCode refusal, string challengeField)
    {
        _refusal = refusal;
        _challengeField = challengeField;
    }

    internal static AuthenticationSide Server { get; } = new(HttpStatusCode.Unauthorized, "WWW-Authenticate");

    internal static AuthenticationSide Proxy { get; } = new(HttpStatusCode.ProxyAuthenticationRequired, "Proxy-Authenticate");

    /// <summary>Whether the response asks for proof, or for a better one.</summary>
    internal bool IsRefusal(HttpResponseMessage response) => response.StatusCode == _refusal;

    /// <summary>The ways that a response offers, or the last word of one that was taken.</summary>
    internal List<Challenge> GetChallenges(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues(_challengeField, out HeaderStringValues fields)
            ? [.. fields.SelectMany(ChallengeParser.Parse)]
            : [];
}
