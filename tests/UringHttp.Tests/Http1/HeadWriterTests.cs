using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Http1;

[TestFixture]
internal sealed class HeadWriterTests
{
    private delegate WriteStatus Write(ref HeadWriter writer);

    /// <summary>Lines that are right, and their bytes.</summary>
    private static IEnumerable<TestCaseData> GoodLines =>
    [
        Good("a request line", "GET / HTTP/1.1\r\n", (ref w) => w.RequestLine("GET"u8, "/"u8)),
        Good("a request line of characters", "GET /a?b HTTP/1.1\r\n", (ref w) => w.RequestLine("GET", "/a?b")),
        Good("a request line of HTTP/1.0", "GET / HTTP/1.0\r\n", (ref w) => w.RequestLine("GET", "/", ProtocolVersion.Http10)),
        Good("a status line", "HTTP/1.1 200 OK\r\n", (ref w) => w.StatusLine(200, "OK"u8)),
        Good("a status line without a reason", "HTTP/1.1 999 \r\n", (ref w) => w.StatusLine(999, default)),
        Good("a field of bytes", "A: b\r\n", (ref w) => w.Field("A"u8, "b"u8)),
        Good("a field of characters", "A: b\r\n", (ref w) => w.Field("A", "b")),
        Good("a field of bytes and characters", "A: b\r\n", (ref w) => w.Field("A"u8, "b")),
        Good("an empty value", "A: \r\n", (ref w) => w.Field("A", "")),
        Good("a value with a tab", "A: b\tc\r\n", (ref w) => w.Field("A", "b\tc")),
        Good("a value of all visible ASCII", "A: !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\r\n",
            (ref w) => w.Field("A", "!\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~")),
        Good("a value of bytes from 0x80 up", "A: \u0080\u00FF\r\n", (ref w) => w.Field("A"u8, [0x80, 0xFF])),
        Good("a value in Latin-1", "A: caf\u00E9\r\n", (ref w) => w.Field("A", "caf\u00E9", HeadEncoding.Latin1)),
        Good("a value in UTF-8", "A: \u00E2\u0082\u00AC\r\n", (ref w) => w.Field("A", "\u20AC", HeadEncoding.Utf8)),
        Good("a value in UTF-8 of two surrogates", "A: \u00F0\u009F\u0098\u0080\r\n",
            (ref w) => w.Field("A", "\U0001F600", HeadEncoding.Utf8)),
        Good("a number", "Content-Length: 9223372036854775807\r\n", (ref w) => w.Field("Content-Length"u8, long.MaxValue)),
        Good("the number 0", "Content-Length: 0\r\n", (ref w) => w.Field("Content-Length"u8, 0)),
        Good("a second value", "A: b, c\r\n", (ref w) => w.Field("A", "b") == WriteStatus.Written ? w.AppendToField(", "u8, "c") : default),
        Good("a second value of bytes", "A: b; c\r\n",
            (ref w) => w.Field("A", "b") == WriteStatus.Written ? w.AppendToField("; "u8, "c"u8) : default),
        Good("a third value", "A: b, c, d\r\n", (ref w) =>
            w.Field("A", "b") == WriteStatus.Written && w.AppendToField(", "u8, "c") == WriteStatus.Written
                ? w.AppendToField(", "u8, "d")
                : WriteStatus.DoesNotFit),
        Good("the end", "\r\n", (ref w) => w.End()),
        Good("prepared lines", "A: b\r\nC: d\r\n", (ref w) => w.Prepared("A: b\r\nC: d\r\n"u8)),
    ];

    /// <summary>What would break out of its line, or cannot be said, and the rule that is named.</summary>
    private static IEnumerable<TestCaseData> BadLines =>
    [
        Bad("an empty method", HttpProtocolError.InvalidMethod, (ref w) => w.RequestLine("", "/")),
        Bad("a space in the method", HttpProtocolError.InvalidMethod, (ref w) => w.RequestLine("GET /x HTTP/1.1\r\nA:", "/")),
        Bad("a line end in the method", HttpProtocolError.InvalidMethod, (ref w) => w.RequestLine("GET\r\n"u8, "/"u8)),
        Bad("a method outside of ASCII", HttpProtocolError.InvalidMethod, (ref w) => w.RequestLine("G\u00C9T", "/")),
        Bad("a method that is ASCII in its low bytes", HttpProtocolError.InvalidMethod, (ref w) => w.RequestLine("\u0147ET", "/")),
        Bad("an empty target", HttpProtocolError.InvalidTarget, (ref w) => w.RequestLine("GET", "")),
        Bad("an empty target of bytes", HttpProtocolError.InvalidTarget, (ref w) => w.RequestLine("GET"u8, ""u8)),
        Bad("a space in the target", HttpProtocolError.InvalidTarget, (ref w) => w.RequestLine("GET", "/a b")),
        Bad("a version in the target", HttpProtocolError.InvalidTarget, (ref w) => w.RequestLine("GET", "/ HTTP/1.1\r\nX: y")),
        Bad("a line end in the target", HttpProtocolError.InvalidTarget, (ref w) => w.RequestLine("GET"u8, "/\r\nA: b"u8)),
        Bad("a tab in the target", HttpProtocolError.InvalidTarget, (ref w) => w.RequestLine("GET", "/\t")),
        Bad("a NUL in the target", HttpProtocolError.InvalidTarget, (ref w) => w.RequestLine("GET", "/\0")),
        Bad("a DEL in the target", HttpProtocolError.InvalidTarget, (ref w) => w.RequestLine("GET"u8, "/\u007F"u8)),
        Bad("a target outside of ASCII", HttpProtocolError.InvalidTarget, (ref w) => w.RequestLine("GET", "/caf\u00E9")),
        Bad("a target that is CR LF in its low bytes", HttpProtocolError.InvalidTarget, (ref w) => w.RequestLine("GET", "/\u560D\u560A")),
        Bad("a line end in the reason", HttpProtocolError.InvalidReasonPhrase, (ref w) => w.StatusLine(200, "OK\r\nA: b"u8)),
        Bad("an empty name", HttpProtocolError.InvalidFieldName, (ref w) => w.Field("", "b")),
        Bad("an empty name of bytes", HttpProtocolError.InvalidFieldName, (ref w) => w.Field(""u8, "b"u8)),
        Bad("a colon in the name", HttpProtocolError.InvalidFieldName, (ref w) => w.Field("A:", "b")),
        Bad("a space behind the name", HttpProtocolError.InvalidFieldName, (ref w) => w.Field("A ", "b")),
        Bad("a line end in the name", HttpProtocolError.InvalidFieldName, (ref w) => w.Field("A: b\r\nC", "d")),
        Bad("a line end in the name of bytes", HttpProtocolError.InvalidFieldName, (ref w) => w.Field("A: b\r\nC"u8, "d"u8)),
        Bad("a name that starts with a line end", HttpProtocolError.InvalidFieldName, (ref w) => w.Field("\r\nA", "d")),
        Bad("a NUL in the name", HttpProtocolError.InvalidFieldName, (ref w) => w.Field("A\0", "d")),
        Bad("a name outside of ASCII", HttpProtocolError.InvalidFieldName, (ref w) => w.Field("\u00C4", "d")),
        Bad("a name that is a token in its low bytes", HttpProtocolError.InvalidFieldName, (ref w) => w.Field("\u0141", "d")),
        Bad("a wrong name of a number", HttpProtocolError.InvalidFieldName, (ref w) => w.Field("A B"u8, 1)),
        Bad("CR LF in the value", HttpProtocolError.InvalidFieldValue, (ref w) => w.Field("A", "b\r\nC: d")),
        Bad("CR LF in the value of bytes", HttpProtocolError.InvalidFieldValue, (ref w) => w.Field("A"u8, "b\r\nC: d"u8)),
        Bad("CR LF and a space in the value", HttpProtocolError.InvalidFieldValue, (ref w) => w.Field("A", "b\r\n c")),
        Bad("CR in the value", HttpProtocolError.InvalidFieldValue, (ref w) => w.Field("A", "b\rc")),
        Bad("LF in the value", HttpProtocolError.InvalidFieldValue, (ref w) => w.Field("A", "b\nc")),
        Bad("LF at the end of the value", HttpProtocolError.InvalidFieldValue, (ref w) => w.Field("A", "b\n")),
        Bad("LF alone", HttpProtocolError.InvalidFieldValue, (ref w) => w.Field("A"u8, "\n")),
        Bad("NUL in the value", HttpProtocolError.InvalidFieldValue, (ref w) => w.Field("A", "b\0c")),
        Bad("NUL in the value of bytes", HttpProtocolError.InvalidFieldValue, (ref w) => w.Field("A"u8, "b\0c"u8)),
        Bad("an escape in the value", HttpProtocolError.InvalidFieldValue, (ref w) => w.Field("A", "\u001B[0m")),
        Bad("a DEL in the value", HttpProtocolError.InvalidFieldValue, (ref w) => w.Field("A", "\u007F")),
        Bad("CR LF in a value in Latin-1", HttpProtocolError.InvalidFieldValue, (ref w) => w.Field("A", "\u00E9\r\n", HeadEncoding.Latin1)),
        Bad("CR LF in a value in UTF-8", HttpProtocolError.InvalidFieldValue, (ref w) => w.Field("A", "\u00E9\r\n", HeadEncoding.Utf8)),
        Bad("a value that is CR LF in its low bytes", HttpProtocolError.UnencodableCharacter, (ref w) => w.Field("A", "\u560D\u560A")),
        Bad("a value that is CR LF in its low bytes, in Latin-1", HttpProtocolError.UnencodableCharacter,
            (ref w) => w.Field("A", "\u560D\u560A", HeadEncoding.Latin1)),
        Bad("a value outside of ASCII", HttpProtocolError.UnencodableCharacter, (ref w) => w.Field("A", "caf\u00E9")),
        Bad("a value outside of Latin-1", HttpProtocolError.UnencodableCharacter, (ref w) => w.Field("A", "\u0100", HeadEncoding.Latin1)),
        Bad("a lone surrogate", HttpProtocolError.UnencodableCharacter, (ref w) => w.Field("A", "\uD83D", HeadEncoding.Utf8)),
        Bad("CR LF in a second value", HttpProtocolError.InvalidFieldValue, (ref w) => w.AppendToField(", "u8, "c\r\nD: e"), "A: b\r\n"),
        Bad("CR LF in a second value of bytes", HttpProtocolError.InvalidFieldValue, (ref w) => w.AppendToField(", "u8, "c\r\nD: e"u8),
            "A: b\r\n"),
        Bad("CR LF in the separator", HttpProtocolError.InvalidFieldValue, (ref w) => w.AppendToField("\r\n"u8, "c"), "A: b\r\n"),
    ];

    [TestCaseSource(nameof(GoodLines))]
    public void A_good_line_is_written_into_exactly_its_room(string expected, object write)
    {
        using var memory = new GuardedMemory(1024);
        var destination = memory.Last(expected.Length);
        var writer = new HeadWriter(destination);
        Assert.That(((Write)write)(ref writer), Is.EqualTo(WriteStatus.Written));
        Assert.That(Wire.Text(destination[..writer.Written]), Is.EqualTo(expected));
    }

    [TestCaseSource(nameof(GoodLines))]
    public void A_line_that_does_not_fit_is_not_written_and_the_lines_before_it_stay(string expected, object write)
    {
        const string Before = "X: y\r\n";
        using var memory = new GuardedMemory(1024);
        for (var room = 0; room < expected.Length; room++)
        {
            var destination = memory.Last(Before.Length + room);
            var writer = new HeadWriter(destination);
            Assert.That(writer.Field("X", "y"), Is.EqualTo(WriteStatus.Written));
            var status = ((Write)write)(ref writer);
            Assert.That(status, Is.Not.EqualTo(WriteStatus.Refused), $"room for {room}");
            Assert.That(Wire.Text(destination[..writer.Written]), Does.StartWith(Before).And.EndsWith("\r\n"), $"room for {room}");
        }
    }

    [TestCaseSource(nameof(BadLines))]
    public void A_bad_line_is_refused_by_rule_and_nothing_of_it_is_written(HttpProtocolError error, object write, string before)
    {
        Span<byte> destination = stackalloc byte[256];
        var writer = new HeadWriter(destination);
        if (before.Length > 0)
        {
            writer.Field("A", "b");
        }

        Assert.That(((Write)write)(ref writer), Is.EqualTo(WriteStatus.Refused));
        Assert.That(writer.Error, Is.EqualTo(error));
        Assert.That(Wire.Text(destination[..writer.Written]), Is.EqualTo(before));
    }

    [Test]
    public void Every_character_is_written_as_itself_or_refused([Values] HeadEncoding encoding)
    {
        Span<byte> destination = stackalloc byte[16];
        for (var value = 0; value <= char.MaxValue; value++)
        {
            var writer = new HeadWriter(destination);
            var status = writer.Field("A"u8, [(char)value], encoding);
            var isControl = value is < 0x20 and not '\t' or 0x7F;
            var isSayable = encoding switch
            {
                HeadEncoding.Ascii => value < 0x80,
                HeadEncoding.Latin1 => value < 0x100,
                _ => !char.IsSurrogate((char)value),
            };
            if (status == WriteStatus.Written == (isControl || !isSayable)
                || destination[..writer.Written].Count((byte)'\n') != (status == WriteStatus.Written ? 1 : 0))
            {
                Assert.Fail($"U+{value:X4} in {encoding}: {status}");
            }
        }
    }

    [Test]
    public void What_is_written_is_read_back_the_same()
    {
        var destination = new byte[512];
        var writer = new HeadWriter(destination);
        writer.RequestLine("POST", "/a");
        writer.Field("Host", "b");
        writer.Field("X"u8, "caf\u00E9", HeadEncoding.Utf8);
        writer.Field("Content-Length"u8, 5);
        writer.AppendToField(", "u8, "x");
        Assert.That(writer.End(), Is.EqualTo(WriteStatus.Written));
        using var feed = new RequestHeadFeed();
        Assert.That(
            feed.EveryWay(destination[..writer.Written]).Text,
            Is.EqualTo("POST /a Http11|Host=b|X=caf\u00C3\u00A9|Content-Length=5, x"));
    }

    [Test]
    public void Only_a_field_can_be_appended_to()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Append((ref _) => default), Throws.InvalidOperationException);
            Assert.That(() => Append((ref w) => w.RequestLine("GET", "/")), Throws.InvalidOperationException);
            Assert.That(() => Append((ref w) => w.End()), Throws.InvalidOperationException);
            Assert.That(() => Append((ref w) => w.Field("A", "b") | w.Field("B", "\r\n")), Throws.InvalidOperationException);
            Assert.That(() => Append((ref w) => w.Field("A", "b")), Throws.Nothing);
        });

        static void Append(Write before)
        {
            var writer = new HeadWriter(new byte[64]);
            before(ref writer);
            writer.AppendToField(", "u8, "c");
        }
    }

    [TestCase(99)]
    [TestCase(1000)]
    public void A_status_code_is_from_100_to_999(int statusCode) =>
        Assert.That(() => new HeadWriter(new byte[64]).StatusLine(statusCode, "x"u8), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static TestCaseData Good(string name, string expected, Write write) =>
        new TestCaseData(expected, write).SetArgDisplayNames(name);

    private static TestCaseData Bad(string name, HttpProtocolError error, Write write, string before = "") =>
        new TestCaseData(error, write, before).SetArgDisplayNames(name);
}
