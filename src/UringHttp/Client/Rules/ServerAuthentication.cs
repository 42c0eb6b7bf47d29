using System.Net;
using System.Net.Http.Headers;

namespace UringHttp;

/// <summary>Proves to servers who asks: answers their challenges out of the handler's credentials. Any thread.</summary>
internal sealed class ServerAuthentication(ICredentials credentials, bool preAuthenticate)
{
    private readonly KnownAnswers? _known = preAuthenticate ? new KnownAnswers() : null;

    /// <summary>
    /// Whether the credentials may be given to a place that a redirect names: only where they say for whom each of them is.
    /// </summary>
    internal bool IsForRedirects => credentials is CredentialCache;

    /// <summary>Gives a request the answer that its place is known to accept.</summary>
    internal void Prepare(HttpRequestMessage request)
    {
        if (_known?.Find(request.RequestUri!) is { } answer)
        {
            request.Headers.Authorization = answer.MakeField(request);
        }
    }

    /// <summary>How to answer a response that refuses; null when there is nothing to answer, or it was tried.</summary>
    /// <param name="request">The request that was refused. Its Authorization field becomes the answer.</param>
    /// <param name="response">The refusal.</param>
    /// <param name="previous">The answer that was refused; null when there was none but a known one.</param>
    internal AuthenticationAnswer? TryAnswer(HttpRequestMessage request, HttpResponseMessage response, AuthenticationAnswer? previous)
    {
        if (response.StatusCode != HttpStatusCode.Unauthorized || ReferenceEquals(credentials, CredentialCache.DefaultCredentials))
        {
            return null;
        }

        AuthenticationAnswer? known = _known?.Find(request.RequestUri!);
        AuthenticationAnswer? answer = Choose(request.RequestUri!, GetChallenges(response));
        if (answer is null || !IsWorthTrying(answer, previous ?? known, wasGiven: previous is not null))
        {
            return null;
        }

        AuthenticationHeaderValue field = answer.MakeField(request);
        if (answer.Digest is null && field.Equals(request.Headers.Authorization))
        {
            return null; // word for word what was refused
        }

        if (known is not null)
        {
            _known!.Remove(known);
        }

        request.Headers.Authorization = field;
        return answer;
    }

    /// <summary>An answer was not refused.</summary>
    internal void OnAccepted(HttpRequestMessage request, AuthenticationAnswer answer) => _known?.Add(request.RequestUri!, answer);

    /// <summary>A digest is worth another try when its nonce was too old, or (a known one) may have been.</summary>
    private static bool IsWorthTrying(AuthenticationAnswer answer, AuthenticationAnswer? refused, bool wasGiven) =>
        refused is null || (wasGiven ? answer.Digest is { IsStale: true } : answer.Digest is null or { IsStale: true }
            || answer.Digest.Nonce != refused.Digest?.Nonce);

    private static List<Challenge> GetChallenges(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out HeaderStringValues fields)
            ? [.. fields.SelectMany(ChallengeParser.Parse)]
            : [];

    /// <summary>Digest before Basic, which tells the password. There is no way back from one that is offered to a weaker one.</summary>
    private AuthenticationAnswer? Choose(Uri uri, List<Challenge> challenges)
    {
        if (challenges.Any(challenge => challenge.Is("Digest")) && GetCredential(uri, "Digest") is { } secret)
        {
            return challenges.Where(challenge => challenge.Is("Digest")).Select(DigestChallenge.From).FirstOrDefault(it => it is not null)
                is { } digest ? AuthenticationAnswer.WithDigest(secret, digest) : null;
        }

        return challenges.Any(challenge => challenge.Is("Basic")) && GetCredential(uri, "Basic") is { } credential
            ? AuthenticationAnswer.WithBasic(credential)
            : null;
    }

    /// <summary>The user's code. The system's own credentials are for Negotiate and NTLM only.</summary>
    private NetworkCredential? GetCredential(Uri uri, string scheme) =>
        credentials.GetCredential(uri, scheme) is { } credential && credential != CredentialCache.DefaultNetworkCredentials
            ? credential
            : null;
}
