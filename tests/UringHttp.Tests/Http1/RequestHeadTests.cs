using NUnit.Framework;

namespace UringHttp.Tests.Http1;

[TestFixture]
internal sealed class RequestHeadTests
{
    private static readonly string _long = new('x', 5000);

    /// <summary>Heads that are right, and what they say.</summary>
    private static IEnumerable<TestCaseData> GoodHeads =>
    [
        Good("a plain GET", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / Http11|Host=a"),
        Good("what curl sends", Samples.Curl, "GET /index.html?x=1 Http11|Host=localhost:8080|User-Agent=curl/8.5.0|Accept=*/*"),
        Good("one empty line before", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / Http11|Host=a"),
        Good("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", "GET / Http10"),
        Good("HTTP/1.0 with Host", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "GET / Http10|Host=a"),
        Good("HTTP/1.2 is read as 1.1", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "GET / Http11|Host=a"),
        Good("HTTP/1.9 is read as 1.1", "GET / HTTP/1.9\r\nHost: a\r\n\r\n", "GET / Http11|Host=a"),
        Good("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / Http11|Host="),
        Good("HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD / Http11|Host=a"),
        Good("a method of one character", "! / HTTP/1.1\r\nHost: a\r\n\r\n", "! / Http11|Host=a"),
        Good("a method in lower case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "get / Http11|Host=a"),
        Good("every token character in the method", "!#$%&'*+-.^_`|~09azAZ / HTTP/1.1\r\nHost: a\r\n\r\n",
            "!#$%&'*+-.^_`|~09azAZ / Http11|Host=a"),
        Good("a long method", $"{_long[..200]} / HTTP/1.1\r\nHost: a\r\n\r\n", $"{_long[..200]} / Http11|Host=a"),
        Good("an absolute target", "GET http://a:80/b?c=d HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a:80/b?c=d Http11|Host=a"),
        Good("an authority as target", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "CONNECT a:443 Http11|Host=a:443"),
        Good("an asterisk as target", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * Http11|Host=a"),
        Good("an escaped target", "GET /%00%0d%0a%20 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /%00%0d%0a%20 Http11|Host=a"),
        Good("all visible ASCII in the target", "GET /!\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /!\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~ Http11|Host=a"),
        Good("a long target", $"GET /{_long[..900]} HTTP/1.1\r\nHost: a\r\n\r\n", $"GET /{_long[..900]} Http11|Host=a"),
        Good("a version in the target", "GET HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n", "GET HTTP/1.1 Http11|Host=a"),
        Good("Host in upper case", "GET / HTTP/1.1\r\nHOST: a\r\n\r\n", "GET / Http11|HOST=a"),
        Good("Host behind other fields", "GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nhost: a\r\n\r\n", "GET / Http11|A=1|B=2|host=a"),
        Good("an empty value", "GET / HTTP/1.1\r\nHost: a\r\nB:\r\n\r\n", "GET / Http11|Host=a|B="),
        Good("white space around values", "GET / HTTP/1.1\r\nHost: \ta \t\r\n\r\n", "GET / Http11|Host=a"),
        Good("obs-text in a value", "GET / HTTP/1.1\r\nHost: a\r\nB: \u00FF\r\n\r\n", "GET / Http11|Host=a|B=\u00FF"),
        Good("a long value", $"GET / HTTP/1.1\r\nHost: a\r\nCookie: {_long[..800]}\r\n\r\n", $"GET / Http11|Host=a|Cookie={_long[..800]}"),
        Good("both Content-Length and Transfer-Encoding, which framing judges",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / Http11|Host=a|Content-Length=1|Transfer-Encoding=chunked"),
    ];

    /// <summary>Heads that are wrong; the arrow points at the first wrong byte.</summary>
    private static IEnumerable<TestCaseData> BadHeads =>
    [
        Bad("a TLS hello", "→\u0016\u0003\u0001\u0002\0", HttpProtocolError.InvalidMethod),
        Bad("a NUL", "→\0", HttpProtocolError.InvalidMethod),
        Bad("two empty lines before", "\r\n→\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.InvalidMethod),
        Bad("a bare LF before", "→\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.BareLineFeed),
        Bad("a bare CR before", "→\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("a space before", "→ GET / HTTP/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.InvalidMethod),
        Bad("a separator in the method", "G→@T / HTTP/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.InvalidMethod),
        Bad("obs-text in the method", "G→\u00C9T / HTTP/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.InvalidMethod),
        Bad("a tab behind the method", "GET→\t/ HTTP/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.InvalidMethod),
        Bad("a method alone", "GET→\r\n\r\n", HttpProtocolError.InvalidMethod),
        Bad("a method alone and LF", "GET→\n\n", HttpProtocolError.BareLineFeed),
        Bad("a brace, as of JSON", "→{\"a\":1}", HttpProtocolError.InvalidMethod),
        Bad("two spaces behind the method", "GET → / HTTP/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.InvalidTarget),
        Bad("no target", "GET →\r\n\r\n", HttpProtocolError.InvalidTarget),
        Bad("HTTP/0.9", "GET /→\r\n\r\n", HttpProtocolError.NotHttp),
        Bad("HTTP/0.9 and LF", "GET /→\n", HttpProtocolError.BareLineFeed),
        Bad("a tab in the target", "GET /→\tHTTP/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.InvalidTarget),
        Bad("a NUL in the target", "GET /→\0 HTTP/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.InvalidTarget),
        Bad("a DEL in the target", "GET /→\u007F HTTP/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.InvalidTarget),
        Bad("a byte outside of ASCII in the target", "GET /caf→\u00E9 HTTP/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.InvalidTarget),
        Bad("a space in the target", "GET /a →b HTTP/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.NotHttp),
        Bad("two spaces before the version", "GET / → HTTP/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.NotHttp),
        Bad("no version but a space", "GET / →\r\n\r\n", HttpProtocolError.NotHttp),
        Bad("a version in lower case", "GET / →http/1.1\r\nHost: a\r\n\r\n", HttpProtocolError.NotHttp),
        Bad("another protocol", "GET / HT→CPCP/1.0\r\n\r\n", HttpProtocolError.NotHttp),
        Bad("RTSP", "OPTIONS * →RTSP/1.0\r\n\r\n", HttpProtocolError.NotHttp),
        Bad("the preface of HTTP/2", "PRI * HTTP/→2.0\r\n\r\nSM\r\n\r\n", HttpProtocolError.UnsupportedVersion),
        Bad("HTTP/0.9 by name", "GET / HTTP/→0.9\r\n\r\n", HttpProtocolError.UnsupportedVersion),
        Bad("no minor version", "GET / HTTP/1→\r\n\r\n", HttpProtocolError.UnsupportedVersion),
        Bad("a minor version that is no digit", "GET / HTTP/1.→x\r\n\r\n", HttpProtocolError.UnsupportedVersion),
        Bad("a minor version of two digits", "GET / HTTP/1.1→1\r\nHost: a\r\n\r\n", HttpProtocolError.InvalidRequestLine),
        Bad("a space behind the version", "GET / HTTP/1.1→ \r\nHost: a\r\n\r\n", HttpProtocolError.InvalidRequestLine),
        Bad("a bare LF behind the version", "GET / HTTP/1.1→\nHost: a\n\n", HttpProtocolError.BareLineFeed),
        Bad("a bare CR behind the version", "GET / HTTP/1.1→\rHost: a\r\n\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("two CR behind the version", "GET / HTTP/1.1→\r\r\nHost: a\r\n\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("no Host", "GET / HTTP/1.1\r\n\r\n→", HttpProtocolError.MissingHost),
        Bad("no Host among the fields", "GET / HTTP/1.1\r\nHos: a\r\nHostt: b\r\n\r\n→", HttpProtocolError.MissingHost),
        Bad("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\n→Host: b\r\n\r\n", HttpProtocolError.RepeatedHost),
        Bad("the same Host twice", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n→host: a\r\n\r\n", HttpProtocolError.RepeatedHost),
        Bad("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\n→Host: b\r\n\r\n", HttpProtocolError.RepeatedHost),
        Bad("a space before the first field", "GET / HTTP/1.1\r\n→ Host: a\r\n\r\n", HttpProtocolError.ObsoleteFold),
        Bad("a folded value", "GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n→ d\r\n\r\n", HttpProtocolError.ObsoleteFold),
        Bad("a space before the colon", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length→ : 5\r\n\r\n",
            HttpProtocolError.WhitespaceBeforeColon),
        Bad("an empty name", "GET / HTTP/1.1\r\nHost: a\r\n→: c\r\n\r\n", HttpProtocolError.EmptyFieldName),
        Bad("a line without a colon", "GET / HTTP/1.1\r\nHost: a\r\nGET→\r\n\r\n", HttpProtocolError.MissingColon),
        Bad("another request line as a field", "GET / HTTP/1.1\r\nHost: a\r\nGET→ /b HTTP/1.1\r\n\r\n",
            HttpProtocolError.WhitespaceBeforeColon),
        Bad("a bare LF behind a value", "GET / HTTP/1.1\r\nHost: a→\nX: b\r\n\r\n", HttpProtocolError.BareLineFeed),
        Bad("a bare CR in a value", "GET / HTTP/1.1\r\nHost: a→\rX: b\r\n\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("a NUL in a value", "GET / HTTP/1.1\r\nHost: a→\0\r\n\r\n", HttpProtocolError.InvalidFieldValue),
        Bad("a NUL in a name", "GET / HTTP/1.1\r\nHo→\0st: a\r\n\r\n", HttpProtocolError.InvalidFieldName),
        Bad("a bare LF as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n→\n", HttpProtocolError.BareLineFeed),
        Bad("a bare CR as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n→\rGET", HttpProtocolError.BareCarriageReturn),
    ];

    /// <summary>Heads that have not ended.</summary>
    private static readonly string[] _unfinishedHeads =
    [
        "", "\r", "\r\n", "\r\nG", "G", "GET", "GET ", "GET /", "GET / ", "GET / H", "GET / HTTP/1.", "GET / HTTP/1.1", "GET / HTTP/1.1\r",
        "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost", "GET / HTTP/1.1\r\nHost:", "GET / HTTP/1.1\r\nHost: a",
        "GET / HTTP/1.1\r\nHost: a\r",
        "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r",
    ];

    [TestCaseSource(nameof(GoodHeads))]
    public void A_good_head_is_read_however_it_arrives(string head, string says)
    {
        using var feed = new RequestHeadFeed();
        var bytes = Wire.Bytes(head);
        Assert.That(feed.EveryWay(bytes), Is.EqualTo(new HeadOutcome(ParseStatus.Complete, bytes.Length, 0, 0, says)));
    }

    [TestCaseSource(nameof(BadHeads))]
    public void A_bad_head_is_refused_at_its_first_wrong_byte(string head, HttpProtocolError error)
    {
        using var feed = new RequestHeadFeed();
        var refused = new HeadOutcome(ParseStatus.Invalid, 0, error, Wire.WrongOffset(head), "");
        Assert.That(feed.EveryWay(Wire.Bytes(head)), Is.EqualTo(refused));
    }

    [TestCaseSource(nameof(BadHeads))]
    public void A_bad_head_is_refused_as_soon_as_its_wrong_byte_is_there(string head, HttpProtocolError error)
    {
        // What makes a CR bare is the byte behind it; a missing Host is missed at the end.
        var bytes = Wire.Bytes(head);
        var seen = error switch
        {
            HttpProtocolError.BareCarriageReturn => Wire.WrongOffset(head) + 2,
            HttpProtocolError.MissingHost or HttpProtocolError.RepeatedHost => bytes.Length,
            _ => Wire.WrongOffset(head) + 1,
        };
        using var feed = new RequestHeadFeed();
        Assert.That(feed.Whole(bytes.AsSpan(0, seen)).Error, Is.EqualTo(error));
    }

    [TestCaseSource(nameof(_unfinishedHeads))]
    public void An_unfinished_head_needs_more(string head)
    {
        using var feed = new RequestHeadFeed();
        Assert.That(feed.EveryWay(Wire.Bytes(head)).Status, Is.EqualTo(ParseStatus.NeedMore));
    }

    [TestCase("GET", MethodKind.Get)]
    [TestCase("HEAD", MethodKind.Head)]
    [TestCase("POST", MethodKind.Post)]
    [TestCase("PUT", MethodKind.Put)]
    [TestCase("DELETE", MethodKind.Delete)]
    [TestCase("CONNECT", MethodKind.Connect)]
    [TestCase("OPTIONS", MethodKind.Options)]
    [TestCase("TRACE", MethodKind.Trace)]
    [TestCase("PATCH", MethodKind.Patch)]
    [TestCase("Get", MethodKind.Other)]
    [TestCase("GETT", MethodKind.Other)]
    [TestCase("PROPFIND", MethodKind.Other)]
    public void The_kind_of_a_method_is_found_and_its_case_matters(string method, MethodKind kind)
    {
        var parser = new RequestHeadParser();
        parser.Parse(Wire.Bytes($"{method} / HTTP/1.0\r\n\r\n"), out _);
        Assert.Multiple(() =>
        {
            Assert.That(parser.MethodKind, Is.EqualTo(kind));
            Assert.That(MethodKinds.Of(method), Is.EqualTo(kind));
        });
    }

    [Test]
    public void A_request_line_of_exactly_the_limit_is_read_and_one_byte_more_is_refused()
    {
        var head = Wire.Bytes("GET /0123456789 HTTP/1.1\r\nHost: a\r\n\r\n");
        var line = "GET /0123456789 HTTP/1.1\r\n".Length;
        using var fits = new RequestHeadFeed(new HttpLimits { MaxRequestLineBytes = line });
        using var tooLong = new RequestHeadFeed(new HttpLimits { MaxRequestLineBytes = line - 1 });
        Assert.Multiple(() =>
        {
            Assert.That(fits.EveryWay(head).Status, Is.EqualTo(ParseStatus.Complete));
            Assert.That(
                tooLong.EveryWay(head),
                Is.EqualTo(new HeadOutcome(ParseStatus.Invalid, 0, HttpProtocolError.RequestLineTooLong, line - 1, "")));
        });
    }

    [Test]
    public void The_empty_line_before_does_not_count_against_the_limit_of_the_request_line()
    {
        using var feed = new RequestHeadFeed(new HttpLimits { MaxRequestLineBytes = "GET / HTTP/1.1\r\n".Length });
        Assert.That(feed.EveryWay(Wire.Bytes("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status, Is.EqualTo(ParseStatus.Complete));
    }

    [Test]
    public void A_head_of_exactly_the_limit_is_read_and_one_byte_more_is_refused()
    {
        var head = Wire.Bytes("GET / HTTP/1.1\r\nHost: 0123456789\r\n\r\n");
        using var fits = new RequestHeadFeed(new HttpLimits { MaxRequestHeadBytes = head.Length });
        using var tooLarge = new RequestHeadFeed(new HttpLimits { MaxRequestHeadBytes = head.Length - 1 });
        Assert.Multiple(() =>
        {
            Assert.That(fits.EveryWay(head).Status, Is.EqualTo(ParseStatus.Complete));
            Assert.That(
                tooLarge.EveryWay(head),
                Is.EqualTo(new HeadOutcome(ParseStatus.Invalid, 0, HttpProtocolError.HeadTooLarge, head.Length - 1, "")));
        });
    }

    [Test]
    public void As_many_fields_as_the_limit_are_read_and_one_more_is_refused()
    {
        var head = Wire.Bytes("GET / HTTP/1.1\r\nHost: 1\r\nB: 2\r\nC: 3\r\n\r\n");
        using var fits = new RequestHeadFeed(new HttpLimits { MaxRequestFields = 3 });
        using var tooMany = new RequestHeadFeed(new HttpLimits { MaxRequestFields = 2 });
        Assert.Multiple(() =>
        {
            Assert.That(fits.EveryWay(head).Status, Is.EqualTo(ParseStatus.Complete));
            Assert.That(
                tooMany.EveryWay(head),
                Is.EqualTo(new HeadOutcome(ParseStatus.Invalid, 0, HttpProtocolError.TooManyFields, 31, "")));
        });
    }

    [Test]
    public void Pipelined_requests_are_read_one_after_the_other()
    {
        ReadOnlySpan<byte> rest = Wire.Bytes(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
        var parser = new RequestHeadParser();
        var targets = new List<string>();
        while (parser.Parse(rest, out var consumed) == ParseStatus.Complete)
        {
            targets.Add(Wire.Text(parser.Target(rest[..consumed])));
            rest = rest[consumed..];
        }

        Assert.That(string.Join(' ', targets), Is.EqualTo("/1 /2 /3"));
        Assert.That(rest.Length, Is.Zero);
    }

    private static TestCaseData Good(string name, string head, string says) => new TestCaseData(head, says).SetArgDisplayNames(name);

    private static TestCaseData Bad(string name, string head, HttpProtocolError error) =>
        new TestCaseData(head, error).SetArgDisplayNames(name);
}
