using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace UringHttp;

/// <summary>A challenge to answer with a digest of the password (RFC 7616), and the answer. Immutable.</summary>
internal sealed class DigestChallenge
{
    private readonly string _realm;
    private readonly string? _opaque;
    private readonly string? _algorithm;
    private readonly bool _isSha256;
    private readonly bool _isSession;
    private readonly bool _hasQop;
    private readonly bool _hashesUser;

    private DigestChallenge(Challenge challenge, string realm, string nonce)
    {
        _realm = realm;
        Nonce = nonce;
        _opaque = challenge.Get("opaque");
        _algorithm = challenge.Get("algorithm");
        _isSha256 = _algorithm?.StartsWith("SHA", StringComparison.OrdinalIgnoreCase) == true;
        _isSession = _algorithm?.EndsWith("-sess", StringComparison.OrdinalIgnoreCase) == true;
        _hasQop = challenge.Get("qop") is not null;
        _hashesUser = IsTrue(challenge.Get("userhash"));
        IsStale = IsTrue(challenge.Get("stale"));
    }

    /// <summary>The server's number: answers to it are counted.</summary>
    internal string Nonce { get; }

    /// <summary>The last answer was good, but for a nonce that is too old.</summary>
    internal bool IsStale { get; }

    /// <summary>Null for what cannot be answered: another algorithm than MD5 and SHA-256, or qop without "auth".</summary>
    internal static DigestChallenge? From(Challenge challenge)
    {
        bool isKnown = challenge.Get("algorithm") is not { } algorithm
            || new[] { "MD5", "MD5-sess", "SHA-256", "SHA-256-sess" }.Contains(algorithm, StringComparer.OrdinalIgnoreCase);
        bool isQopKnown = challenge.Get("qop") is not { } qop
            || qop.Split(',', StringSplitOptions.TrimEntries).Contains("auth", StringComparer.OrdinalIgnoreCase);
        return isKnown && isQopKnown && challenge.Get("realm") is { } realm && challenge.Get("nonce") is { } nonce
            ? new DigestChallenge(challenge, realm, nonce)
            : null;
    }

    /// <summary>The parameters of the Authorization field.</summary>
    /// <param name="credential">Who asks.</param>
    /// <param name="method">The request's method, as it is sent.</param>
    /// <param name="target">The request's target, as it is sent.</param>
    /// <param name="count">How many requests have used the nonce, this one included.</param>
    /// <param name="clientNonce">A random number in hexadecimal, so that the server cannot choose all that is hashed.</param>
    internal string Answer(NetworkCredential credential, string method, string target, int count, string clientNonce)
    {
        string nonceCount = count.ToString("x8", CultureInfo.InvariantCulture);
        string secret = Hash($"{credential.UserName}:{_realm}:{credential.Password}");
        if (_isSession)
        {
            secret = Hash($"{secret}:{Nonce}:{clientNonce}");
        }

        string asked = Hash($"{method}:{target}");
        string response = Hash(_hasQop ? $"{secret}:{Nonce}:{nonceCount}:{clientNonce}:auth:{asked}" : $"{secret}:{Nonce}:{asked}");
        var answer = new StringBuilder();
        AppendUser(answer, credential.UserName);
        answer.Append(CultureInfo.InvariantCulture, $", realm=\"{_realm}\", nonce=\"{Nonce}\", uri=\"{target}\", response=\"{response}\"");
        if (_opaque is not null)
        {
            answer.Append(CultureInfo.InvariantCulture, $", opaque=\"{_opaque}\"");
        }

        if (_algorithm is not null)
        {
            answer.Append(CultureInfo.InvariantCulture, $", algorithm={_algorithm}");
        }

        if (_hasQop)
        {
            answer.Append(CultureInfo.InvariantCulture, $", qop=auth, nc={nonceCount}, cnonce=\"{clientNonce}\"");
        }

        return answer.ToString();
    }

    private static bool IsTrue(string? value) => "true".Equals(value, StringComparison.OrdinalIgnoreCase);

    /// <summary>RFC 7616 §3.4: hashed where the server asks for that; in UTF-8 and percent signs where it is not ASCII.</summary>
    private void AppendUser(StringBuilder answer, string user)
    {
        if (_hashesUser)
        {
            answer.Append(CultureInfo.InvariantCulture, $"username=\"{Hash($"{user}:{_realm}")}\", userhash=true");
        }
        else if (Ascii.IsValid(user))
        {
            string escaped = user.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            answer.Append(CultureInfo.InvariantCulture, $"username=\"{escaped}\"");
        }
        else
        {
            answer.Append(CultureInfo.InvariantCulture, $"username*=utf-8''{Uri.EscapeDataString(user)}");
        }
    }

    [SuppressMessage("Security", "CA5351", Justification = "What most servers still speak; one that offers SHA-256 gets it.")]
    private string Hash(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Convert.ToHexStringLower(_isSha256 ? SHA256.HashData(bytes) : MD5.HashData(bytes));
    }
}
