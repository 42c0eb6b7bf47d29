using NUnit.Framework;

namespace UringHttp.Tests.Http1;

[TestFixture]
internal sealed class BodyFramingTests
{
    private const string Both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";

    /// <summary>Request method, status line, fields, and the framing or the rule that is broken.</summary>
    private static IEnumerable<TestCaseData> Responses =>
    [
        // Rule 1: no body, whatever the fields say.
        Response("HEAD has no body", MethodKind.Head, "HTTP/1.1 200", "Content-Length: 5\r\n", "None"),
        Response("HEAD has no chunked body", MethodKind.Head, "HTTP/1.1 200", "Transfer-Encoding: chunked\r\n", "None"),
        Response("HEAD without fields has no body", MethodKind.Head, "HTTP/1.1 200", "", "None"),
        Response("HEAD may have both", MethodKind.Head, "HTTP/1.1 200", Both, "None"),
        Response("HEAD may fail", MethodKind.Head, "HTTP/1.1 500", "Content-Length: 5\r\n", "None"),
        Response("100 has no body", MethodKind.Get, "HTTP/1.1 100", "Content-Length: 5\r\n", "None"),
        Response("101 has no body", MethodKind.Get, "HTTP/1.1 101", "", "None"),
        Response("199 has no body", MethodKind.Post, "HTTP/1.1 199", Both, "None"),
        Response("204 has no body", MethodKind.Delete, "HTTP/1.1 204", "Content-Length: 5\r\n", "None"),
        Response("304 has no body", MethodKind.Get, "HTTP/1.1 304", "Content-Length: 5\r\n", "None"),
        Response("304 has no chunked body", MethodKind.Get, "HTTP/1.1 304", "Transfer-Encoding: chunked\r\n", "None"),
        Response("205 is framed like any other", MethodKind.Get, "HTTP/1.1 205", "Content-Length: 0\r\n", "Length 0"),

        // Rule 2: a tunnel.
        Response("200 to CONNECT begins a tunnel", MethodKind.Connect, "HTTP/1.1 200", "Content-Length: 5\r\n", "None"),
        Response("299 to CONNECT begins a tunnel", MethodKind.Connect, "HTTP/1.1 299", Both, "None"),
        Response("407 to CONNECT has a body", MethodKind.Connect, "HTTP/1.1 407", "Content-Length: 5\r\n", "Length 5"),
        Response("300 to CONNECT has a body", MethodKind.Connect, "HTTP/1.1 300", "", "UntilClose"),

        // Rules 3 and 4: Transfer-Encoding.
        Response("chunked", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding: chunked\r\n", "Chunked"),
        Response("chunked in any case", MethodKind.Get, "HTTP/1.1 200", "TRANSFER-ENCODING: ChUnKeD\r\n", "Chunked"),
        Response("chunked among empty elements", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding: , chunked ,\r\n", "Chunked"),
        Response("chunked beside an empty field", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n",
            "Chunked"),
        Response("both", MethodKind.Get, "HTTP/1.1 200", Both, HttpProtocolError.LengthAndTransferEncoding),
        Response("both, the other way round", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            HttpProtocolError.LengthAndTransferEncoding),
        Response("both, and an unknown coding", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 5\r\nTransfer-Encoding: x\r\n",
            HttpProtocolError.LengthAndTransferEncoding),
        Response("chunked in HTTP/1.0", MethodKind.Get, "HTTP/1.0 200", "Transfer-Encoding: chunked\r\n",
            HttpProtocolError.TransferEncodingInHttp10),
        Response("gzip, then chunked", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding: gzip, chunked\r\n",
            HttpProtocolError.UnsupportedTransferCoding),
        Response("chunked, then gzip", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding: chunked, gzip\r\n",
            HttpProtocolError.UnsupportedTransferCoding),
        Response("gzip alone", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding: gzip\r\n", HttpProtocolError.UnsupportedTransferCoding),
        Response("identity", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding: identity\r\n",
            HttpProtocolError.UnsupportedTransferCoding),
        Response("chunked with a parameter", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding: chunked;q=1\r\n",
            HttpProtocolError.UnsupportedTransferCoding),
        Response("chunked misspelt", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding: xchunked\r\n",
            HttpProtocolError.UnsupportedTransferCoding),
        Response("chunked in quotes", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding: \"chunked\"\r\n",
            HttpProtocolError.UnsupportedTransferCoding),
        Response("chunked twice", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding: chunked, chunked\r\n",
            HttpProtocolError.RepeatedChunked),
        Response("chunked in two fields", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            HttpProtocolError.RepeatedChunked),
        Response("no coding", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding:\r\n", HttpProtocolError.EmptyTransferEncoding),
        Response("nothing but commas", MethodKind.Get, "HTTP/1.1 200", "Transfer-Encoding: ,,\r\n",
            HttpProtocolError.EmptyTransferEncoding),

        // Rules 5 and 6: Content-Length.
        Response("a length", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 5\r\n", "Length 5"),
        Response("length 0", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 0\r\n", "Length 0"),
        Response("a length in HTTP/1.0", MethodKind.Get, "HTTP/1.0 200", "Content-Length: 5\r\n", "Length 5"),
        Response("leading zeros", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 000000000000000000000000005\r\n", "Length 5"),
        Response("the greatest length", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 9223372036854775807\r\n",
            "Length 9223372036854775807"),
        Response("one above the greatest length", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 9223372036854775808\r\n",
            HttpProtocolError.ContentLengthOverflow),
        Response("far above the greatest length", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 99999999999999999999999999\r\n",
            HttpProtocolError.ContentLengthOverflow),
        Response("an empty length", MethodKind.Get, "HTTP/1.1 200", "Content-Length:\r\n", HttpProtocolError.InvalidContentLength),
        Response("a plus", MethodKind.Get, "HTTP/1.1 200", "Content-Length: +5\r\n", HttpProtocolError.InvalidContentLength),
        Response("a minus", MethodKind.Get, "HTTP/1.1 200", "Content-Length: -5\r\n", HttpProtocolError.InvalidContentLength),
        Response("hexadecimal", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 0x5\r\n", HttpProtocolError.InvalidContentLength),
        Response("a point", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 5.0\r\n", HttpProtocolError.InvalidContentLength),
        Response("two numbers", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 5 5\r\n", HttpProtocolError.InvalidContentLength),
        Response("a digit outside of ASCII", MethodKind.Get, "HTTP/1.1 200", "Content-Length: \u00B2\r\n",
            HttpProtocolError.InvalidContentLength),
        Response("the same length as a list", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 5, 5,5\r\n", "Length 5"),
        Response("the same length in two fields", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 5\r\ncontent-length: 5\r\n", "Length 5"),
        Response("the same length written differently", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 5, 05\r\n", "Length 5"),
        Response("differing lengths as a list", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 5, 6\r\n",
            HttpProtocolError.DifferingContentLengths),
        Response("differing lengths in two fields", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 5\r\nA: b\r\nContent-Length: 6\r\n",
            HttpProtocolError.DifferingContentLengths),
        Response("a list with an empty element", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 5,\r\n",
            HttpProtocolError.InvalidContentLength),
        Response("a length beside an empty one", MethodKind.Get, "HTTP/1.1 200", "Content-Length: 5\r\nContent-Length:\r\n",
            HttpProtocolError.InvalidContentLength),

        // Rule 8.
        Response("nothing said", MethodKind.Get, "HTTP/1.1 200", "", "UntilClose"),
        Response("nothing said in HTTP/1.0", MethodKind.Get, "HTTP/1.0 200", "Server: x\r\n", "UntilClose"),
        Response("a name that only looks like Content-Length", MethodKind.Get, "HTTP/1.1 200", "Content_Length: 5\r\n", "UntilClose"),
    ];

    private static IEnumerable<TestCaseData> Requests =>
    [
        Request("nothing said", "HTTP/1.1", "", "None"),
        Request("nothing said in HTTP/1.0", "HTTP/1.0", "", "None"),
        Request("a length", "HTTP/1.1", "Content-Length: 5\r\n", "Length 5"),
        Request("length 0", "HTTP/1.1", "Content-Length: 0\r\n", "Length 0"),
        Request("chunked", "HTTP/1.1", "Transfer-Encoding: chunked\r\n", "Chunked"),
        Request("both", "HTTP/1.1", Both, HttpProtocolError.LengthAndTransferEncoding),
        Request("both in HTTP/1.0", "HTTP/1.0", Both, HttpProtocolError.LengthAndTransferEncoding),
        Request("chunked in HTTP/1.0", "HTTP/1.0", "Transfer-Encoding: chunked\r\n", HttpProtocolError.TransferEncodingInHttp10),
        Request("chunked not last", "HTTP/1.1", "Transfer-Encoding: chunked, identity\r\n", HttpProtocolError.UnsupportedTransferCoding),
        Request("another coding", "HTTP/1.1", "Transfer-Encoding: gzip\r\n", HttpProtocolError.UnsupportedTransferCoding),
        Request("the same length twice", "HTTP/1.1", "Content-Length: 5\r\nContent-Length: 5\r\n", HttpProtocolError.RepeatedContentLength),
        Request("the same length as a list", "HTTP/1.1", "Content-Length: 5, 5\r\n", HttpProtocolError.RepeatedContentLength),
        Request("a length that is none", "HTTP/1.1", "Content-Length: five\r\n", HttpProtocolError.InvalidContentLength),
        Request("a length too great", "HTTP/1.1", "Content-Length: 18446744073709551621\r\n", HttpProtocolError.ContentLengthOverflow),
    ];

    [TestCaseSource(nameof(Responses))]
    public void A_response_is_framed_by_the_rules_of_RFC_9112(MethodKind method, string statusLine, string fields, object expected)
    {
        var head = Wire.Bytes($"{statusLine} x\r\n{fields}\r\n");
        var parser = new ResponseHeadParser();
        Assert.That(parser.Parse(head, out _), Is.EqualTo(ParseStatus.Complete));
        var view = parser.View(head);
        var isValid = BodyFraming.TryFromResponse(method, parser.StatusCode, parser.Version, view, out var framing, out var error);
        Assert.That(isValid ? framing.ToString() : (object)error, Is.EqualTo(expected));
        Assert.That(isValid, Is.EqualTo(error == HttpProtocolError.None));
    }

    [TestCaseSource(nameof(Requests))]
    public void A_request_is_framed_by_the_rules_of_RFC_9112(string version, string fields, object expected)
    {
        var head = Wire.Bytes($"POST / {version}\r\nHost: a\r\n{fields}\r\n");
        var parser = new RequestHeadParser();
        Assert.That(parser.Parse(head, out _), Is.EqualTo(ParseStatus.Complete));
        var isValid = BodyFraming.TryFromRequest(parser.Version, parser.View(head), out var framing, out var error);
        Assert.That(isValid ? framing.ToString() : (object)error, Is.EqualTo(expected));
        Assert.That(isValid, Is.EqualTo(error == HttpProtocolError.None));
    }

    [TestCase("HTTP/1.1", "", true)]
    [TestCase("HTTP/1.1", "Connection: keep-alive\r\n", true)]
    [TestCase("HTTP/1.1", "Connection: close\r\n", false)]
    [TestCase("HTTP/1.1", "connection: CLOSE\r\n", false)]
    [TestCase("HTTP/1.1", "Connection: keep-alive, close\r\n", false)]
    [TestCase("HTTP/1.1", "Connection: close, keep-alive\r\n", false)]
    [TestCase("HTTP/1.1", "Connection: upgrade\r\nConnection: close\r\n", false)]
    [TestCase("HTTP/1.1", "Connection: ,,\t close ,\r\n", false)]
    [TestCase("HTTP/1.1", "Connection: closed\r\n", true)]
    [TestCase("HTTP/1.1", "Connection: \"close\"\r\n", true)]
    [TestCase("HTTP/1.1", "Connection:\r\n", true)]
    [TestCase("HTTP/1.1", "Proxy-Connection: close\r\n", true)]
    [TestCase("HTTP/1.0", "", false)]
    [TestCase("HTTP/1.0", "Connection: keep-alive\r\n", true)]
    [TestCase("HTTP/1.0", "Connection: x, Keep-Alive\r\n", true)]
    [TestCase("HTTP/1.0", "Connection: keep-alive, close\r\n", false)]
    [TestCase("HTTP/1.0", "Connection: close\r\nConnection: keep-alive\r\n", false)]
    [TestCase("HTTP/1.0", "Keep-Alive: timeout=5\r\n", false)]
    public void A_connection_is_kept_alive_by_version_and_Connection_together(string version, string fields, bool isKept)
    {
        var head = Wire.Bytes($"{version} 200 OK\r\n{fields}\r\n");
        var parser = new ResponseHeadParser();
        Assert.That(parser.Parse(head, out _), Is.EqualTo(ParseStatus.Complete));
        Assert.That(KeepAlive.IsKept(parser.Version, parser.View(head)), Is.EqualTo(isKept));
    }

    [Test]
    public void A_body_is_empty_if_there_is_none_or_its_length_is_0()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Frame("HTTP/1.1 204 x\r\n\r\n").IsEmpty, Is.True);
            Assert.That(Frame("HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n").IsEmpty, Is.True);
            Assert.That(Frame("HTTP/1.1 200 x\r\nContent-Length: 1\r\n\r\n").IsEmpty, Is.False);
            Assert.That(Frame("HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n").IsEmpty, Is.False);
            Assert.That(Frame("HTTP/1.1 200 x\r\n\r\n").IsEmpty, Is.False);
            Assert.That(Frame("HTTP/1.1 200 x\r\n\r\n") == Frame("HTTP/1.1 204 x\r\n\r\n"), Is.False);
            Assert.That(
                Frame("HTTP/1.1 200 x\r\nContent-Length: 1\r\n\r\n") != Frame("HTTP/1.1 200 x\r\nContent-Length: 2\r\n\r\n"), Is.True);
        });
    }

    private static BodyFraming Frame(string text)
    {
        var head = Wire.Bytes(text);
        var parser = new ResponseHeadParser();
        parser.Parse(head, out _);
        BodyFraming.TryFromResponse(MethodKind.Get, parser.StatusCode, parser.Version, parser.View(head), out var framing, out _);
        return framing;
    }

    private static TestCaseData Response(string name, MethodKind method, string statusLine, string fields, object expected) =>
        new TestCaseData(method, statusLine, fields, expected).SetArgDisplayNames(name);

    private static TestCaseData Request(string name, string version, string fields, object expected) =>
        new TestCaseData(version, fields, expected).SetArgDisplayNames(name);
}
