using NUnit.Framework;

namespace UringHttp.Tests.Http1;

[TestFixture]
internal sealed class ResponseHeadTests
{
    private static readonly string _long = new('x', 5000);

    /// <summary>Heads that are right, and what they say.</summary>
    private static IEnumerable<TestCaseData> GoodHeads =>
    [
        Good("nothing but a status line", "HTTP/1.1 200 OK\r\n\r\n", "Http11 200 'OK'"),
        Good("one field", "HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n", "Http11 200 'OK'|Server=nginx"),
        Good("HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n", "Http10 200 'OK'"),
        Good("HTTP/1.2 is read as 1.1", "HTTP/1.2 200 OK\r\n\r\n", "Http11 200 'OK'"),
        Good("HTTP/1.9 is read as 1.1", "HTTP/1.9 200 OK\r\n\r\n", "Http11 200 'OK'"),
        Good("no reason", "HTTP/1.1 200 \r\n\r\n", "Http11 200 ''"),
        Good("no reason and no space", "HTTP/1.1 200\r\n\r\n", "Http11 200 ''"),
        Good("no reason and no space, with a field", "HTTP/1.1 204\r\nA: b\r\n\r\n", "Http11 204 ''|A=b"),
        Good("a reason of several words", "HTTP/1.1 404 Not Found At All\r\n\r\n", "Http11 404 'Not Found At All'"),
        Good("a reason with obs-text", "HTTP/1.1 404 Pas trouv\u00E9\r\n\r\n", "Http11 404 'Pas trouv\u00E9'"),
        Good("a reason with a tab", "HTTP/1.1 200 O\tK\r\n\r\n", "Http11 200 'O\tK'"),
        Good("a reason of spaces", "HTTP/1.1 200    \r\n\r\n", "Http11 200 '   '"),
        Good("a reason with a colon", "HTTP/1.1 200 a: b\r\n\r\n", "Http11 200 'a: b'"),
        Good("a long reason", $"HTTP/1.1 200 {_long[..300]}\r\n\r\n", $"Http11 200 '{_long[..300]}'"),
        Good("status 100", "HTTP/1.1 100 Continue\r\n\r\n", "Http11 100 'Continue'"),
        Good("status 101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "Http11 101 'Switching Protocols'|Upgrade=x"),
        Good("status 599", "HTTP/1.1 599 x\r\n\r\n", "Http11 599 'x'"),
        Good("status 999", "HTTP/1.1 999 Denied\r\n\r\n", "Http11 999 'Denied'"),
        Good("an empty value", "HTTP/1.1 200 OK\r\nA:\r\n\r\n", "Http11 200 'OK'|A="),
        Good("a value of one space", "HTTP/1.1 200 OK\r\nA: \r\n\r\n", "Http11 200 'OK'|A="),
        Good("a value of white space", "HTTP/1.1 200 OK\r\nA: \t \t \r\n\r\n", "Http11 200 'OK'|A="),
        Good("no space after the colon", "HTTP/1.1 200 OK\r\nA:b\r\n\r\n", "Http11 200 'OK'|A=b"),
        Good("white space around the value", "HTTP/1.1 200 OK\r\nA: \t b \t\r\n\r\n", "Http11 200 'OK'|A=b"),
        Good("white space in the value", "HTTP/1.1 200 OK\r\nA: b \t c\r\n\r\n", "Http11 200 'OK'|A=b \t c"),
        Good("colons in the value", "HTTP/1.1 200 OK\r\nA: :b:c:\r\n\r\n", "Http11 200 'OK'|A=:b:c:"),
        Good("obs-text in the value", "HTTP/1.1 200 OK\r\nA: \u0080\u00A0\u00FF\r\n\r\n", "Http11 200 'OK'|A=\u0080\u00A0\u00FF"),
        Good("visible ASCII in the value", "HTTP/1.1 200 OK\r\nA: !\"#$%&'()*+,-./0:;<=>?@[\\]^_`{|}~\r\n\r\n",
            "Http11 200 'OK'|A=!\"#$%&'()*+,-./0:;<=>?@[\\]^_`{|}~"),
        Good("every token character in the name", "HTTP/1.1 200 OK\r\n!#$%&'*+-.^_`|~09azAZ: b\r\n\r\n",
            "Http11 200 'OK'|!#$%&'*+-.^_`|~09azAZ=b"),
        Good("a name of one character", "HTTP/1.1 200 OK\r\n1: 2\r\n\r\n", "Http11 200 'OK'|1=2"),
        Good("a long name", $"HTTP/1.1 200 OK\r\n{_long[..400]}: b\r\n\r\n", $"Http11 200 'OK'|{_long[..400]}=b"),
        Good("a long value", $"HTTP/1.1 200 OK\r\nA: {_long[..700]}\r\n\r\n", $"Http11 200 'OK'|A={_long[..700]}"),
        Good("the same name twice", "HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\n\r\n", "Http11 200 'OK'|A=1|a=2"),
        Good("fields of 15, 16 and 17 bytes", "HTTP/1.1 200 OK\r\nA: 0123456789\r\nA: 01234567890\r\nA: 012345678901\r\n\r\n",
            "Http11 200 'OK'|A=0123456789|A=01234567890|A=012345678901"),
        Good("what nginx sends", Samples.Nginx,
            "Http11 200 'OK'|Server=nginx/1.25.3|Date=Tue, 17 Nov 2026 08:12:31 GMT|Content-Type=text/html|Content-Length=615"
            + "|Last-Modified=Tue, 24 Oct 2023 13:46:47 GMT|Connection=keep-alive|ETag=\"6537cac7-267\"|Accept-Ranges=bytes"),
    ];

    /// <summary>Heads that are wrong; the arrow points at the first wrong byte.</summary>
    private static IEnumerable<TestCaseData> BadHeads =>
    [
        Bad("junk", "→JUNK", HttpProtocolError.NotHttp),
        Bad("one wrong byte", "→X", HttpProtocolError.NotHttp),
        Bad("a NUL", "→\0", HttpProtocolError.NotHttp),
        Bad("an empty line before the status line", "→\r\nHTTP/1.1 200 OK\r\n\r\n", HttpProtocolError.NotHttp),
        Bad("a space before the status line", "→ HTTP/1.1 200 OK\r\n\r\n", HttpProtocolError.NotHttp),
        Bad("lower case", "→http/1.1 200 OK\r\n\r\n", HttpProtocolError.NotHttp),
        Bad("half lower case", "HT→tP/1.1 200 OK\r\n\r\n", HttpProtocolError.NotHttp),
        Bad("another protocol", "H→ELO/1.1 200 OK\r\n\r\n", HttpProtocolError.NotHttp),
        Bad("a TLS alert", "→\u0015\u0003\u0003\0\u0002", HttpProtocolError.NotHttp),
        Bad("ICY", "→ICY 200 OK\r\n\r\n", HttpProtocolError.NotHttp),
        Bad("the body of the response before", "→{\"a\":1}HTTP/1.1 200 OK\r\n\r\n", HttpProtocolError.NotHttp),
        Bad("HTTP/2", "HTTP/→2.0 200 OK\r\n\r\n", HttpProtocolError.UnsupportedVersion),
        Bad("HTTP/0.9", "HTTP/→0.9 200 OK\r\n\r\n", HttpProtocolError.UnsupportedVersion),
        Bad("a version without a minor", "HTTP/1→ 200 OK\r\n\r\n", HttpProtocolError.UnsupportedVersion),
        Bad("a version with a comma", "HTTP/1→,1 200 OK\r\n\r\n", HttpProtocolError.UnsupportedVersion),
        Bad("a minor that is no digit", "HTTP/1.→x 200 OK\r\n\r\n", HttpProtocolError.UnsupportedVersion),
        Bad("a minor of two digits", "HTTP/1.1→0 200 OK\r\n\r\n", HttpProtocolError.UnsupportedVersion),
        Bad("a tab behind the version", "HTTP/1.1→\t200 OK\r\n\r\n", HttpProtocolError.UnsupportedVersion),
        Bad("a line end behind the version", "HTTP/1.1→\r\n\r\n", HttpProtocolError.UnsupportedVersion),
        Bad("two spaces behind the version", "HTTP/1.1 → 200 OK\r\n\r\n", HttpProtocolError.InvalidStatusCode),
        Bad("a status of two digits", "HTTP/1.1 20→ OK\r\n\r\n", HttpProtocolError.InvalidStatusCode),
        Bad("a status of four digits", "HTTP/1.1 200→0 OK\r\n\r\n", HttpProtocolError.InvalidStatusCode),
        Bad("a status below 100", "HTTP/1.1 →099 OK\r\n\r\n", HttpProtocolError.InvalidStatusCode),
        Bad("a negative status", "HTTP/1.1 →-20 OK\r\n\r\n", HttpProtocolError.InvalidStatusCode),
        Bad("a status of letters", "HTTP/1.1 2→xx OK\r\n\r\n", HttpProtocolError.InvalidStatusCode),
        Bad("no status", "HTTP/1.1 →\r\n\r\n", HttpProtocolError.InvalidStatusCode),
        Bad("a tab behind the status", "HTTP/1.1 200→\tOK\r\n\r\n", HttpProtocolError.InvalidStatusCode),
        Bad("a bare LF behind the status", "HTTP/1.1 200→\n\r\n", HttpProtocolError.BareLineFeed),
        Bad("a bare LF behind the reason", "HTTP/1.1 200 OK→\n\r\n", HttpProtocolError.BareLineFeed),
        Bad("a bare CR behind the status", "HTTP/1.1 200→\rOK\r\n\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("a bare CR in the reason", "HTTP/1.1 200 O→\rK\r\n\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("two CR behind the reason", "HTTP/1.1 200 OK→\r\r\n\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("a NUL in the reason", "HTTP/1.1 200 O→\0K\r\n\r\n", HttpProtocolError.InvalidReasonPhrase),
        Bad("a DEL in the reason", "HTTP/1.1 200 O→\u007FK\r\n\r\n", HttpProtocolError.InvalidReasonPhrase),
        Bad("a field line without a colon", "HTTP/1.1 200 OK\r\nServer→\r\n\r\n", HttpProtocolError.MissingColon),
        Bad("a field line without a colon or CR", "HTTP/1.1 200 OK\r\nServer→\n\r\n", HttpProtocolError.BareLineFeed),
        Bad("an empty name", "HTTP/1.1 200 OK\r\n→: b\r\n\r\n", HttpProtocolError.EmptyFieldName),
        Bad("a space before the colon", "HTTP/1.1 200 OK\r\nA→ : b\r\n\r\n", HttpProtocolError.WhitespaceBeforeColon),
        Bad("a tab before the colon", "HTTP/1.1 200 OK\r\nA→\t: b\r\n\r\n", HttpProtocolError.WhitespaceBeforeColon),
        Bad("a space in the name", "HTTP/1.1 200 OK\r\nA→ b: c\r\n\r\n", HttpProtocolError.WhitespaceBeforeColon),
        Bad("a space before the first field", "HTTP/1.1 200 OK\r\n→ A: b\r\n\r\n", HttpProtocolError.ObsoleteFold),
        Bad("a folded value", "HTTP/1.1 200 OK\r\nA: b\r\n→ c\r\n\r\n", HttpProtocolError.ObsoleteFold),
        Bad("a value folded with a tab", "HTTP/1.1 200 OK\r\nA: b\r\n→\tc\r\n\r\n", HttpProtocolError.ObsoleteFold),
        Bad("a line of one space before the end", "HTTP/1.1 200 OK\r\nA: b\r\n→ \r\n\r\n", HttpProtocolError.ObsoleteFold),
        Bad("a separator in the name", "HTTP/1.1 200 OK\r\nA→(b): c\r\n\r\n", HttpProtocolError.InvalidFieldName),
        Bad("a quote in the name", "HTTP/1.1 200 OK\r\n→\"A\": c\r\n\r\n", HttpProtocolError.InvalidFieldName),
        Bad("a NUL in the name", "HTTP/1.1 200 OK\r\nA→\0: c\r\n\r\n", HttpProtocolError.InvalidFieldName),
        Bad("obs-text in the name", "HTTP/1.1 200 OK\r\nA→\u00E9: c\r\n\r\n", HttpProtocolError.InvalidFieldName),
        Bad("a CR in the name", "HTTP/1.1 200 OK\r\nA→\rB: c\r\n\r\n", HttpProtocolError.MissingColon),
        Bad("a bare LF behind the value", "HTTP/1.1 200 OK\r\nA: b→\n\r\n", HttpProtocolError.BareLineFeed),
        Bad("a bare LF as the whole value", "HTTP/1.1 200 OK\r\nA:→\n\r\n", HttpProtocolError.BareLineFeed),
        Bad("a bare CR in the value", "HTTP/1.1 200 OK\r\nA: b→\rc\r\n\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("a bare CR before the value", "HTTP/1.1 200 OK\r\nA: →\rc\r\n\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("two CR behind the value", "HTTP/1.1 200 OK\r\nA: b→\r\r\n\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("a NUL in the value", "HTTP/1.1 200 OK\r\nA: b→\0c\r\n\r\n", HttpProtocolError.InvalidFieldValue),
        Bad("an escape in the value", "HTTP/1.1 200 OK\r\nA: →\u001B[0m\r\n\r\n", HttpProtocolError.InvalidFieldValue),
        Bad("a vertical tab before the value", "HTTP/1.1 200 OK\r\nTransfer-Encoding: →\u000Bchunked\r\n\r\n",
            HttpProtocolError.InvalidFieldValue),
        Bad("a form feed in the value", "HTTP/1.1 200 OK\r\nA: b→\u000C\r\n\r\n", HttpProtocolError.InvalidFieldValue),
        Bad("a DEL in the value", "HTTP/1.1 200 OK\r\nA: b→\u007F\r\n\r\n", HttpProtocolError.InvalidFieldValue),
        Bad("a bare LF as the empty line", "HTTP/1.1 200 OK\r\nA: b\r\n→\n", HttpProtocolError.BareLineFeed),
        Bad("a bare CR as the empty line", "HTTP/1.1 200 OK\r\nA: b\r\n→\rX", HttpProtocolError.BareCarriageReturn),
        Bad("two CR as the empty line", "HTTP/1.1 200 OK\r\nA: b\r\n→\r\r\n", HttpProtocolError.BareCarriageReturn),
    ];

    /// <summary>Heads that have not ended.</summary>
    private static readonly string[] _unfinishedHeads =
    [
        "", "H", "HTTP/", "HTTP/1.", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 2", "HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.1 200\r",
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 OK\r", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA", "HTTP/1.1 200 OK\r\nA:", "HTTP/1.1 200 OK\r\nA: b",
        "HTTP/1.1 200 OK\r\nA: b\r", "HTTP/1.1 200 OK\r\nA: b\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r", "HTTP/1.1 200 OK\r\n\r",
    ];

    [TestCaseSource(nameof(GoodHeads))]
    public void A_good_head_is_read_however_it_arrives(string head, string says)
    {
        using var feed = new ResponseHeadFeed();
        var bytes = Wire.Bytes(head);
        Assert.That(feed.EveryWay(bytes), Is.EqualTo(new HeadOutcome(ParseStatus.Complete, bytes.Length, 0, 0, says)));
    }

    [TestCaseSource(nameof(BadHeads))]
    public void A_bad_head_is_refused_at_its_first_wrong_byte(string head, HttpProtocolError error)
    {
        using var feed = new ResponseHeadFeed();
        var refused = new HeadOutcome(ParseStatus.Invalid, 0, error, Wire.WrongOffset(head), "");
        Assert.That(feed.EveryWay(Wire.Bytes(head)), Is.EqualTo(refused));
    }

    [TestCaseSource(nameof(_unfinishedHeads))]
    public void An_unfinished_head_needs_more(string head)
    {
        using var feed = new ResponseHeadFeed();
        Assert.That(feed.EveryWay(Wire.Bytes(head)).Status, Is.EqualTo(ParseStatus.NeedMore));
    }

    /// <summary>Those of the bad heads whose wrong byte is in the status line.</summary>
    private static IEnumerable<TestCaseData> BadStatusLines =>
        BadHeads.Where(bad => Wire.WrongOffset((string)bad.Arguments[0]!) <= "HTTP/1.1 200".Length);

    [TestCaseSource(nameof(BadStatusLines))]
    public void A_wrong_status_line_is_refused_as_soon_as_its_wrong_byte_is_there(string head, HttpProtocolError error)
    {
        var wrong = Wire.WrongOffset(head);

        // What makes a CR bare is the byte behind it.
        var seen = Wire.Bytes(head)[..(wrong + (error == HttpProtocolError.BareCarriageReturn ? 2 : 1))];
        using var feed = new ResponseHeadFeed();
        Assert.That(feed.Whole(seen).Error, Is.EqualTo(error));
    }

    [Test]
    public void A_head_of_exactly_the_limit_is_read_and_one_byte_more_is_refused()
    {
        var head = Wire.Bytes("HTTP/1.1 200 OK\r\nA: 0123456789\r\n\r\n");
        using var fits = new ResponseHeadFeed(new HttpLimits { MaxResponseHeadBytes = head.Length });
        using var tooLarge = new ResponseHeadFeed(new HttpLimits { MaxResponseHeadBytes = head.Length - 1 });
        Assert.Multiple(() =>
        {
            Assert.That(fits.EveryWay(head).Status, Is.EqualTo(ParseStatus.Complete));
            Assert.That(
                tooLarge.EveryWay(head),
                Is.EqualTo(new HeadOutcome(ParseStatus.Invalid, 0, HttpProtocolError.HeadTooLarge, head.Length - 1, "")));
        });
    }

    [Test]
    public void What_is_wrong_before_the_limit_is_named_and_not_the_limit([Range(14, 40)] int limit)
    {
        using var feed = new ResponseHeadFeed(new HttpLimits { MaxResponseHeadBytes = limit });
        var outcome = feed.EveryWay(Wire.Bytes("HTTP/1.1 200 OK\r\nAbc: d\0fghijklmnopqrstuvw\r\n\r\n"));
        Assert.That(outcome.Error, Is.EqualTo(limit > 23 ? HttpProtocolError.InvalidFieldValue : HttpProtocolError.HeadTooLarge));
    }

    [Test]
    public void As_many_fields_as_the_limit_are_read_and_one_more_is_refused()
    {
        var head = Wire.Bytes("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n");
        using var fits = new ResponseHeadFeed(new HttpLimits { MaxResponseFields = 3 });
        using var tooMany = new ResponseHeadFeed(new HttpLimits { MaxResponseFields = 2 });
        Assert.Multiple(() =>
        {
            Assert.That(fits.EveryWay(head).Status, Is.EqualTo(ParseStatus.Complete));
            Assert.That(
                tooMany.EveryWay(head),
                Is.EqualTo(new HeadOutcome(ParseStatus.Invalid, 0, HttpProtocolError.TooManyFields, 29, "")));
        });
    }

    [Test]
    public void Two_heads_in_one_piece_are_read_one_after_the_other()
    {
        var bytes = Wire.Bytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n");
        var parser = new ResponseHeadParser();
        Assert.That(parser.Parse(bytes, out var first), Is.EqualTo(ParseStatus.Complete));
        Assert.That(parser.StatusCode, Is.EqualTo(100));
        Assert.That(parser.Parse(bytes.AsSpan(first), out var second), Is.EqualTo(ParseStatus.Complete));
        Assert.Multiple(() =>
        {
            Assert.That(parser.StatusCode, Is.EqualTo(200));
            Assert.That(parser.Fields.Count, Is.EqualTo(1));
            Assert.That(first + second, Is.EqualTo(bytes.Length));
        });
    }

    [Test]
    public void An_invalid_head_stays_invalid_until_the_parser_is_reset()
    {
        var parser = new ResponseHeadParser();
        Assert.That(parser.Parse("X"u8, out _), Is.EqualTo(ParseStatus.Invalid));
        Assert.That(parser.Parse("HTTP/1.1 200 OK\r\n\r\n"u8, out _), Is.EqualTo(ParseStatus.Invalid));
        parser.Reset();
        Assert.That(parser.Parse("HTTP/1.1 200 OK\r\n\r\n"u8, out _), Is.EqualTo(ParseStatus.Complete));
    }

    private static TestCaseData Good(string name, string head, string says) => new TestCaseData(head, says).SetArgDisplayNames(name);

    private static TestCaseData Bad(string name, string head, HttpProtocolError error) =>
        new TestCaseData(head, error).SetArgDisplayNames(name);
}
