using System.Net;
using System.Net.Http.Headers;

namespace UringHttp;

/// <summary>Proves to servers, or to proxies, who asks: answers their challenges out of the user's credentials. Any thread.</summary>
internal sealed class Authenticator(AuthenticationSide side, ICredentials credentials, bool preAuthenticate)
{
    /// <summary>Schemes that authenticate a connection, in several legs (RFC 4559), the better one first.</summary>
    private static readonly string[] s_handshakes = ["Negotiate", "NTLM"];

    private readonly KnownAnswers? _known = preAuthenticate ? new KnownAnswers() : null;

    internal AuthenticationSide Side => side;

    /// <summary>
    /// Whether the credentials may be given to a place that a redirect names: only where they say for whom each of them is.
    /// </summary>
    internal bool IsForRedirects => credentials is CredentialCache;

    /// <summary>The answer that the place is known to accept; null when it is not known.</summary>
    internal AuthenticationHeaderValue? FindKnown(in AuthenticationSubject subject) => _known?.Find(subject.Place)?.MakeField(subject);

    /// <summary>How to answer a response that refuses; null when there is nothing to answer, or it was tried.</summary>
    /// <param name="subject">The request that was refused.</param>
    /// <param name="response">The refusal.</param>
    /// <param name="previous">The answer that was refused; null when there was none but a known one.</param>
    /// <param name="refused">The field that was refused, whoever had set it.</param>
    /// <param name="field">The field that is the answer.</param>
    internal AuthenticationAnswer? TryAnswer(
        in AuthenticationSubject subject,
        HttpResponseMessage response,
        AuthenticationAnswer? previous,
        AuthenticationHeaderValue? refused,
        out AuthenticationHeaderValue? field)
    {
        field = null;
        if (!side.IsRefusal(response) || ReferenceEquals(credentials, CredentialCache.DefaultCredentials))
        {
            return null;
        }

        AuthenticationAnswer? known = _known?.Find(subject.Place);
        AuthenticationAnswer? answer = Choose(subject.Place, side.GetChallenges(response));
        if (answer is null || !IsWorthTrying(answer, previous ?? known, wasGiven: previous is not null))
        {
            return null;
        }

        field = answer.MakeField(subject);
        if (answer.Digest is null && field.Equals(refused))
        {
            return null; // word for word what was refused
        }

        if (known is not null)
        {
            _known!.Remove(known);
        }

        return answer;
    }

    /// <summary>An answer was not refused.</summary>
    internal void OnAccepted(in AuthenticationSubject subject, AuthenticationAnswer answer) => _known?.Add(subject.Place, answer);

    /// <summary>The handshakes that a response that refuses offers, and that there is a credential for, the best first.</summary>
    internal List<KeyValuePair<string, NetworkCredential>> FindHandshakes(Uri place, HttpResponseMessage response)
    {
        List<Challenge> challenges = side.IsRefusal(response) ? side.GetChallenges(response) : [];
        var found = new List<KeyValuePair<string, NetworkCredential>>();
        foreach (string scheme in s_handshakes)
        {
            if (challenges.Any(challenge => challenge.Is(scheme)) && credentials.GetCredential(place, scheme) is { } credential)
            {
                found.Add(KeyValuePair.Create(scheme, credential));
            }
        }

        return found;
    }

    /// <summary>A digest is worth another try when its nonce was too old, or (a known one) may have been.</summary>
    private static bool IsWorthTrying(AuthenticationAnswer answer, AuthenticationAnswer? refused, bool wasGiven) =>
        refused is null || (wasGiven ? answer.Digest is { IsStale: true } : answer.Digest is null or { IsStale: true }
            || answer.Digest.Nonce != refused.Digest?.Nonce);

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
