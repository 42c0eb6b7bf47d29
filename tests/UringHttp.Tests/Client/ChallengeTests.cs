using System.Net;
using NUnit.Framework;

namespace UringHttp.Tests.Client;

/// <summary>What challenges say, and the digests that answer them.</summary>
internal sealed class ChallengeTests
{
    [TestCase("", "")]
    [TestCase(" , ,", "")]
    [TestCase("Basic", "Basic")]
    [TestCase("Basic realm=\"a\"", "Basic realm=a")]
    [TestCase("Basic realm=a", "Basic realm=a")]
    [TestCase("Basic  realm = \"a\" , charset=\"UTF-8\"", "Basic realm=a charset=UTF-8")]
    [TestCase("Basic realm=\"\"", "Basic realm=")]
    [TestCase("Basic realm=\"a, b=\\\"c\\\"\"", "Basic realm=a, b=\\\"c\\\"")]
    [TestCase("Negotiate", "Negotiate")]
    [TestCase("Negotiate abc/+-._~==", "Negotiate abc/+-._~==")]
    [TestCase("Negotiate, NTLM, Basic realm=\"x\"", "Negotiate | NTLM | Basic realm=x")]
    [TestCase("Basic realm=\"x\", Negotiate", "Basic realm=x | Negotiate")]
    [TestCase("Basic realm=\"x\", Digest realm=\"y\", nonce=\"z\",, qop=auth", "Basic realm=x | Digest realm=y nonce=z qop=auth")]
    [TestCase("Negotiate abc==, Basic realm=\"x\"", "Negotiate abc== | Basic realm=x")]
    [TestCase("Negotiate abc=,", "Negotiate abc=")]
    [TestCase("Basic realm=\"x", "")]
    [TestCase("Basic realm=\"x\\", "")]
    [TestCase("Basic realm=", "Basic realm=")] // a blob, by the grammar
    [TestCase("Basic realm=,", "Basic realm=")]
    [TestCase("Basic realm=\"x\" y", "")]
    [TestCase("Basic realm=a b", "")]
    [TestCase("Basic realm=\"a\", realm=\"b\"", "")]
    [TestCase("Basic =x", "")]
    [TestCase("Basic realm=\"x\", nonce=", "")]
    [TestCase("=", "")]
    [TestCase("\"Basic\"", "")]
    [TestCase("Basic;realm=x", "")]
    [TestCase("Basic realm=\"x\", Digest realm", "Basic realm=x | Digest realm")]
    [TestCase("Bäsic realm=\"x\"", "")]
    public void A_field_is_parsed(string field, string expected)
    {
        var challenges = ChallengeParser.Parse(field).Select(challenge => string.Join(
            ' ',
            new[] { challenge.Scheme, challenge.Token68 }
                .Concat(challenge.Parameters.Select(parameter => $"{parameter.Key}={parameter.Value}"))
                .Where(part => part is not null)));
        Assert.That(string.Join(" | ", challenges), Is.EqualTo(expected));
    }

    [Test]
    public void Any_text_is_parsed_to_its_end()
    {
        const string Alphabet = "ab=, \"\\\t;~";
        var random = new Random(1);
        for (int i = 0; i < 100_000; i++)
        {
            string field = new([.. Enumerable.Range(0, random.Next(14)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            Assert.That(() => ChallengeParser.Parse(field), Throws.Nothing, field);
        }
    }

    /// <summary>The examples of RFC 7616 §3.9.1, RFC 2617 §3.5, and the latter without qop as in RFC 2069.</summary>
    [TestCase(
        "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, "
        + "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
        "Circle of Life",
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        "8ca523f5e9506fed4657c9700eebdbec")]
    [TestCase(
        "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, "
        + "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
        "Circle of Life",
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")]
    [TestCase(
        "realm=\"testrealm@host.com\", qop=\"auth,auth-int\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"",
        "Circle Of Life",
        "0a4f113b",
        "6629fae49393a05397450978507c4ef1")]
    [TestCase(
        "realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"",
        "Circle Of Life",
        "0a4f113b",
        "670fd8c2df070c60b045671b8b24ff02")]
    public void A_digest_is_the_one_of_the_specification(string parameters, string password, string clientNonce, string expected)
    {
        var digest = DigestChallenge.From(ChallengeParser.Parse($"Digest {parameters}")[0])!;
        string answer = digest.Answer(new NetworkCredential("Mufasa", password), "GET", "/dir/index.html", 1, clientNonce);
        Assert.That(answer, Does.Contain($"response=\"{expected}\""));
        Assert.That(ChallengeParser.Parse($"Digest {answer}"), Has.Count.EqualTo(1));
    }

    [TestCase("realm=\"r\", nonce=\"n\"", true)]
    [TestCase("realm=\"r\", nonce=\"n\", algorithm=md5-SESS, qop=auth", true)]
    [TestCase("realm=\"r\", nonce=\"n\", algorithm=\"SHA-256-sess\"", true)]
    [TestCase("realm=\"r\", nonce=\"n\", algorithm=SHA-512-256", false)]
    [TestCase("realm=\"r\", nonce=\"n\", qop=\"auth-int\"", false)]
    [TestCase("realm=\"r\", nonce=\"n\", qop=\"auth-int, auth\"", true)]
    [TestCase("nonce=\"n\"", false)]
    [TestCase("realm=\"r\"", false)]
    public void A_digest_can_be_answered_or_not(string parameters, bool can) =>
        Assert.That(DigestChallenge.From(ChallengeParser.Parse($"Digest {parameters}")[0]) is not null, Is.EqualTo(can));

    [TestCase("http://a/", "http://a/x/y", true)]
    [TestCase("http://a/x/y", "http://a/x/z", true)]
    [TestCase("http://a/x/y", "http://a/x/", true)]
    [TestCase("http://a/x/y", "http://a/x/y/z?q", true)]
    [TestCase("http://a/x/y", "http://a/x", false)]
    [TestCase("http://a/x/y", "http://a/xy/", false)]
    [TestCase("http://a/x/y?/q", "http://a/z", false)]
    [TestCase("http://a/", "http://a:81/", false)]
    [TestCase("http://a/", "https://a/", false)]
    [TestCase("http://a/", "http://b/", false)]
    public void An_answer_is_known_for_its_place_and_below(string accepted, string asked, bool known)
    {
        var answers = new KnownAnswers();
        var answer = AuthenticationAnswer.WithBasic(new NetworkCredential("u", "p"));
        answers.Add(new Uri(accepted), answer);
        Assert.That(answers.Find(new Uri(asked)), Is.EqualTo(known ? answer : null));
        answers.Remove(answer);
        Assert.That(answers.Find(new Uri(accepted)), Is.Null);
    }
}
