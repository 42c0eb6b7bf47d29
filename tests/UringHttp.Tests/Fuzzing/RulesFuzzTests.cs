using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using NUnit.Framework;
using UringHttp.Tests.Http1;
using UringHttp.Tests.Support;
using static UringHttp.Tests.Fuzzing.FuzzRun;

namespace UringHttp.Tests.Fuzzing;

/// <summary>
/// What the client reads in fields: challenges, redirects, cookies. Whatever a server says there, it leads to no other error than those
/// of requests.
/// </summary>
[TestFixture]
internal sealed class RulesFuzzTests
{
    private static readonly string[] _challenge =
    [
        "Basic", "Digest", "Negotiate", " ", ",", "=", "\"", "\\", "realm", "realm=\"a\"", "nonce=b",
        "qop=\"auth,auth-int\"", "YWJj==", "\t",
    ];

    private static readonly string[] _location =
    [
        "http:", "https:", "//", "/", "?", "#", "%", "%0d%0a", "..", "a.example", "[::1]", "@", ":", "80", "99999",
        "\\", "\u00E9", " ", "x",
    ];

    private static readonly string[] _cookie =
    [
        "a", "b", "=", ";", ",", "\"", " Domain=", "a.example", ".example", "other.example", " Path=", "/", " Secure",
        " Expires=", "Tue, 17 Nov 2026 08:12:31 GMT", " Max-Age=", "-1", "99999999999", "$", "\t",
    ];

    private static readonly SearchValues<char> _endOfHost = SearchValues.Create("\r\n \t/@");

    [Test]
    public void Challenges() => Run(5, random => Draw(random, 10, _challenge), (bytes, random) =>
    {
        string text = Wire.Text(bytes);
        foreach (Challenge challenge in ChallengeParser.Parse(text))
        {
            Demand(challenge.Scheme.Length > 0 && text.Contains(challenge.Scheme, StringComparison.Ordinal), "a scheme that nobody named");
            Demand(challenge.Token68 is null || challenge.Parameters.Count == 0, "a blob and parameters");
            string again = challenge.Token68 is { } token
                ? $"{challenge.Scheme} {token}"
                : $"{challenge.Scheme} {string.Join(", ", challenge.Parameters.Select(one => $"{one.Key}=\"{one.Value}\""))}".TrimEnd();
            Challenge parsed = ChallengeParser.Parse(again) is [var one] ? one : throw new InvalidOperationException($"not one: {again}");
            Same(parsed.Scheme, challenge.Scheme, "the scheme, written and parsed again");
            Same(parsed.Token68, challenge.Token68, "the blob, written and parsed again");
            Demand(parsed.Parameters.ToHashSet().SetEquals(challenge.Parameters), "the parameters, written and parsed again");
        }
    });

    [Test]
    public void Redirects() => Run(5, random => Draw(random, 8, _location), (bytes, random) =>
    {
        using var response = new HttpResponseMessage((HttpStatusCode)random.Next(300, 309));
        response.Headers.TryAddWithoutValidation("Location", Wire.Text(bytes));
        var from = new Uri(MessageGenerator.Pick(random, "http://a.example/x?y#z", "https://a.example/"));
        Uri? target;
        try
        {
            target = RedirectRules.GetTarget(from, response);
        }
        catch (UriFormatException)
        {
            return; // what the stock handler throws, too
        }

        if (target is null)
        {
            return;
        }

        Demand(target.IsAbsoluteUri, "a target that leads nowhere");
        Demand(from.Scheme != "https" || target.Scheme is "https" or "wss", "from a secret to none");
        using var request = new HttpRequestMessage(HttpMethod.Post, from) { Content = new ByteArrayContent([1]) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        RedirectRules.Redirect(request, response.StatusCode, target);
        Demand(request.Headers.Authorization is null, "the credentials go along");
        Demand(request.Method == HttpMethod.Post || request.Content is null, "a GET with content");
        if (Origin.IsSpoken(target.Scheme))
        {
            string host = Wire.Text(Origin.Of(target).EncodeHostField());
            Demand(!host.AsSpan().ContainsAny(_endOfHost), $"a Host that is more than one: {host}");
        }
    });

    [Test]
    public void Cookies() => Run(5, random => Draw(random, 12, _cookie), (bytes, random) =>
    {
        var container = new CookieContainer();
        using var response = new HttpResponseMessage { RequestMessage = new HttpRequestMessage(HttpMethod.Get, "http://a.example/b/c") };
        response.Headers.TryAddWithoutValidation("Set-Cookie", Wire.Text(bytes));
        CookieRules.Keep(container, response);
        Same(CookieRules.GetField(container, new Uri("http://other.example/b/c")), null, "a cookie for another host");
        string? field = CookieRules.GetField(container, response.RequestMessage.RequestUri!);
        Demand(field is null || field.AsSpan().IndexOfAny("\r\n\0") < 0, "a cookie that ends the line");
    });

    private static byte[] Draw(Random random, int most, string[] parts)
    {
        // As a head gives them: without what no field's value may hold.
        byte[] bytes = Mutator.Mutate(Wire.Bytes(MessageGenerator.Mix(random, most, parts)), random);
        return [.. bytes.Where(one => one is >= 0x20 and not 0x7F or (byte)'\t')];
    }
}
