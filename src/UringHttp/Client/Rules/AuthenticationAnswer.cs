using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace UringHttp;

/// <summary>How one credential answers one challenge; may answer it for many requests, on any thread.</summary>
internal sealed class AuthenticationAnswer
{
    private readonly NetworkCredential _credential;
    private int _count;

    private AuthenticationAnswer(NetworkCredential credential, DigestChallenge? digest)
    {
        _credential = credential;
        Digest = digest;
    }

    /// <summary>The challenge that it answers; null for Basic, where there is nothing to answer.</summary>
    internal DigestChallenge? Digest { get; }

    internal static AuthenticationAnswer WithBasic(NetworkCredential credential) => new(credential, null);

    internal static AuthenticationAnswer WithDigest(NetworkCredential credential, DigestChallenge challenge) => new(credential, challenge);

    /// <summary>The value of Authorization, or of Proxy-Authorization, for a request.</summary>
    internal AuthenticationHeaderValue MakeField(in AuthenticationSubject subject) => Digest is null
        ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{GetUser()}:{_credential.Password}")))
        : new AuthenticationHeaderValue(
            "Digest",
            Digest.Answer(
                _credential,
                subject.Method,
                subject.Target,
                Interlocked.Increment(ref _count),
                RandomNumberGenerator.GetHexString(32, lowercase: true)));

    private string GetUser() => _credential.Domain.Length > 0 ? $"{_credential.Domain}\\{_credential.UserName}" : _credential.UserName;
}
