using NUnit.Framework;

namespace UringHttp.Tests.Http1;

[TestFixture]
internal sealed class ChunkedDecoderTests
{
    private static readonly string _long = new('x', 1000);

    /// <summary>Bodies that are right, what they hold, and their trailers.</summary>
    private static IEnumerable<TestCaseData> GoodBodies =>
    [
        Good("an empty body", "0\r\n\r\n", ""),
        Good("one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello"),
        Good("two chunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"),
        Good("chunks of one byte", "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n", "abc"),
        Good("a size in lower case", "a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        Good("a size in upper case", "A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        Good("every digit", "f\r\n0123456789abcde\r\nF\r\n0123456789ABCDE\r\n0\r\n\r\n", "0123456789abcde0123456789ABCDE"),
        Good("a size of two digits", "10\r\n0123456789abcdef\r\n0\r\n\r\n", "0123456789abcdef"),
        Good("a size of three digits", $"3e8\r\n{_long}\r\n0\r\n\r\n", _long),
        Good("leading zeros", "0005\r\nhello\r\n0\r\n\r\n", "hello"),
        Good("sixteen digits", "0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"),
        Good("many zeros at the end", "5\r\nhello\r\n0000000000000000\r\n\r\n", "hello"),
        Good("data that looks like a chunk", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n"),
        Good("data with any byte", "4\r\n\0\r\n\u00FF\r\n0\r\n\r\n", "\0\r\n\u00FF"),
        Good("an extension without a value", "5;a\r\nhello\r\n0\r\n\r\n", "hello"),
        Good("an extension with a value", "5;a=b\r\nhello\r\n0\r\n\r\n", "hello"),
        Good("an extension with a quoted value", "5;a=\"b c;d\"\r\nhello\r\n0\r\n\r\n", "hello"),
        Good("two extensions", "5;a=b;c=d\r\nhello\r\n0\r\n\r\n", "hello"),
        Good("an extension with white space", "5; a = b\t\r\nhello\r\n0\r\n\r\n", "hello"),
        Good("an extension with obs-text", "5;a=\"\u00E9\"\r\nhello\r\n0\r\n\r\n", "hello"),
        Good("an empty extension", "5;\r\nhello\r\n0\r\n\r\n", "hello"),
        Good("an extension on the last chunk", "5\r\nhello\r\n0;a=b\r\n\r\n", "hello"),
        Good("a long extension", $"5;{_long}\r\nhello\r\n0\r\n\r\n", "hello"),
        Good("a trailer", "5\r\nhello\r\n0\r\nA: b\r\n\r\n", "hello", "|A=b"),
        Good("two trailers", "5\r\nhello\r\n0\r\nA: b\r\nC:d\r\n\r\n", "hello", "|A=b|C=d"),
        Good("a trailer without a body", "0\r\nA: b\r\n\r\n", "", "|A=b"),
        Good("a trailer with an empty value", "0\r\nA:\r\n\r\n", "", "|A="),
        Good("a trailer with obs-text", "0\r\nA: \u00E9\r\n\r\n", "", "|A=\u00E9"),
        Good("a long trailer", $"0\r\nA: {_long[..300]}\r\n\r\n", "", $"|A={_long[..300]}"),
    ];

    /// <summary>Bodies that are wrong; the arrow points at the first wrong byte, and what stands before it is handed out.</summary>
    private static IEnumerable<TestCaseData> BadBodies =>
    [
        Bad("no size", "→\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("a size of letters", "→xyz\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("a size that begins right", "5→g\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("a leading space", "→ 5\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("a leading tab", "→\t5\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("a trailing space", "5→ \r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("a trailing tab", "5→\t\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("a space before an extension", "5→ ;a\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("a plus", "→+5\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("a minus", "→-5\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("0x", "0→x5\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("an underscore", "1→_0\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("a point", "5→.0\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("a NUL behind the size", "5→\0\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("a digit outside of ASCII", "→\u00B2\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("a comma", "5→,5\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("an extension without a size", "→;a\r\nhello\r\n", HttpProtocolError.InvalidChunkSize),
        Bad("seventeen digits", "0000000000000000→5\r\nhello\r\n", HttpProtocolError.ChunkSizeTooLong),
        Bad("seventeen digits on the last chunk", "0000000000000000→0\r\n\r\n", HttpProtocolError.ChunkSizeTooLong),
        Bad("2 to the 63rd", "800000000000000→0\r\n", HttpProtocolError.ChunkSizeOverflow),
        Bad("sixteen f", "fffffffffffffff→f\r\n", HttpProtocolError.ChunkSizeOverflow),
        Bad("a bare LF behind the size", "5→\nhello\r\n", HttpProtocolError.BareLineFeed),
        Bad("a bare LF as a size line", "→\nhello\r\n", HttpProtocolError.BareLineFeed),
        Bad("a bare CR behind the size", "5→\rhello\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("two CR behind the size", "5→\r\r\nhello\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("a bare LF behind the last size", "0→\n\r\n", HttpProtocolError.BareLineFeed),
        Bad("a bare LF in an extension", "5;a→\nhello\r\n0\r\n\r\n", HttpProtocolError.BareLineFeed),
        Bad("a bare LF right behind the semicolon", "2;→\nxx\r\n0\r\n\r\n", HttpProtocolError.BareLineFeed),
        Bad("a bare CR in an extension", "5;a→\rb\r\nhello\r\n0\r\n\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("a bare CR right behind the semicolon", "2;→\rxx\r\nxy\r\n0\r\n\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("two CR in an extension", "5;a→\r\r\nhello\r\n0\r\n\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("a line end in a quoted extension", "5;a=\"→\n\"\r\nhello\r\n", HttpProtocolError.BareLineFeed),
        Bad("a NUL in an extension", "5;a→\0\r\nhello\r\n0\r\n\r\n", HttpProtocolError.InvalidChunkExtension),
        Bad("a DEL in an extension", "5;a→\u007F\r\nhello\r\n0\r\n\r\n", HttpProtocolError.InvalidChunkExtension),
        Bad("a bare LF in the extension of the last chunk", "0;a→\n\r\n", HttpProtocolError.BareLineFeed),
        Bad("data longer than its size", "5\r\nhello→!\r\n0\r\n\r\n", HttpProtocolError.ChunkNotTerminated, "hello"),
        Bad("data shorter than its size", "5\r\nhell\r→\n0\r\n\r\n", HttpProtocolError.ChunkNotTerminated, "hell\r"),
        Bad("a bare LF behind the data", "5\r\nhello→\n0\r\n\r\n", HttpProtocolError.ChunkNotTerminated, "hello"),
        Bad("a bare CR behind the data", "5\r\nhello\r→0\r\n\r\n", HttpProtocolError.ChunkNotTerminated, "hello"),
        Bad("no line end behind the data", "5\r\nhello→0\r\n\r\n", HttpProtocolError.ChunkNotTerminated, "hello"),
        Bad("a space behind the data", "5\r\nhello→ \r\n0\r\n\r\n", HttpProtocolError.ChunkNotTerminated, "hello"),
        Bad("a wrong second size", "5\r\nhello\r\n→z\r\n", HttpProtocolError.InvalidChunkSize, "hello"),
        Bad("an empty line between chunks", "5\r\nhello\r\n→\r\n0\r\n\r\n", HttpProtocolError.InvalidChunkSize, "hello"),
        Bad("a folded trailer", "0\r\nA: b\r\n→ c\r\n\r\n", HttpProtocolError.ObsoleteFold),
        Bad("a trailer without a colon", "0\r\nA→\r\n\r\n", HttpProtocolError.MissingColon),
        Bad("a space before the colon of a trailer", "0\r\nA→ : b\r\n\r\n", HttpProtocolError.WhitespaceBeforeColon),
        Bad("a bare LF behind a trailer", "0\r\nA: b→\n\r\n", HttpProtocolError.BareLineFeed),
        Bad("a bare CR in a trailer", "0\r\nA: b→\rc\r\n\r\n", HttpProtocolError.BareCarriageReturn),
        Bad("a NUL in a trailer", "0\r\nA: b→\0\r\n\r\n", HttpProtocolError.InvalidFieldValue),
        Bad("a bare LF at the end", "5\r\nhello\r\n0\r\n→\n", HttpProtocolError.BareLineFeed, "hello"),
        Bad("a bare CR at the end", "5\r\nhello\r\n0\r\n→\rX", HttpProtocolError.BareCarriageReturn, "hello"),
        Bad("the next response without an end", "5\r\nhello\r\n0\r\nHTTP→/1.1 200 OK\r\n", HttpProtocolError.InvalidFieldName, "hello"),
    ];

    /// <summary>Bodies that have not ended, and what is known of them.</summary>
    private static IEnumerable<TestCaseData> UnfinishedBodies =>
    [
        Good("nothing", "", ""),
        Good("a digit", "5", ""),
        Good("a size", "5\r", ""),
        Good("a size line", "5\r\n", ""),
        Good("half an extension", "5;a", ""),
        Good("an extension and CR", "5;a\r", ""),
        Good("half the data", "5\r\nhel", "hel"),
        Good("the data", "5\r\nhello", "hello"),
        Good("the data and CR", "5\r\nhello\r", "hello"),
        Good("a chunk", "5\r\nhello\r\n", "hello"),
        Good("the largest chunk there is, begun", "7fffffffffffffff\r\nhello", "hello"),
        Good("the last size", "5\r\nhello\r\n0", "hello"),
        Good("the last size line", "5\r\nhello\r\n0\r\n", "hello"),
        Good("half the end", "5\r\nhello\r\n0\r\n\r", "hello"),
        Good("half a trailer", "0\r\nA: b", ""),
        Good("a trailer", "0\r\nA: b\r\n", ""),
        Good("a trailer and half the end", "0\r\nA: b\r\n\r", ""),
    ];

    [TestCaseSource(nameof(GoodBodies))]
    public void A_good_body_is_decoded_however_it_arrives(string encoded, string body, string trailers)
    {
        using var feed = new ChunkedFeed();
        var bytes = Wire.Bytes(encoded);
        Assert.That(feed.EveryWay(bytes), Is.EqualTo(new ChunkedOutcome(ChunkedStatus.Complete, bytes.Length, 0, 0, body, trailers)));
    }

    [TestCaseSource(nameof(BadBodies))]
    public void A_bad_body_is_refused_at_its_first_wrong_byte(string encoded, HttpProtocolError error, string body)
    {
        using var feed = new ChunkedFeed();
        Assert.That(
            feed.EveryWay(Wire.Bytes(encoded)),
            Is.EqualTo(new ChunkedOutcome(ChunkedStatus.Invalid, 0, error, Wire.WrongOffset(encoded), body, "")));
    }

    [TestCaseSource(nameof(UnfinishedBodies))]
    public void An_unfinished_body_hands_out_what_it_has_and_needs_more(string encoded, string body, string trailers)
    {
        using var feed = new ChunkedFeed();
        Assert.That(feed.EveryWay(Wire.Bytes(encoded)), Is.EqualTo(new ChunkedOutcome(ChunkedStatus.NeedMore, 0, 0, 0, body, trailers)));
    }

    [Test]
    public void Extensions_are_limited_over_the_whole_message_and_not_for_each_chunk()
    {
        using var feed = new ChunkedFeed(new HttpLimits { MaxChunkExtensionBytes = 10 });
        Assert.Multiple(() =>
        {
            Assert.That(feed.EveryWay(Wire.Bytes("1;2345\r\na\r\n1;2345\r\nb\r\n0\r\n\r\n")).Status, Is.EqualTo(ChunkedStatus.Complete));
            Assert.That(
                feed.EveryWay(Wire.Bytes("1;2345\r\na\r\n1;23456\r\nb\r\n0\r\n\r\n")),
                Is.EqualTo(new ChunkedOutcome(ChunkedStatus.Invalid, 0, HttpProtocolError.ChunkExtensionsTooLarge, 17, "a", "")));
        });
    }

    [Test]
    public void Digits_are_limited_by_name()
    {
        using var feed = new ChunkedFeed(new HttpLimits { MaxChunkSizeDigits = 2 });
        Assert.Multiple(() =>
        {
            Assert.That(feed.EveryWay(Wire.Bytes("05\r\nhello\r\n00\r\n\r\n")).Status, Is.EqualTo(ChunkedStatus.Complete));
            Assert.That(feed.EveryWay(Wire.Bytes("005\r\nhello\r\n0\r\n\r\n")).Error, Is.EqualTo(HttpProtocolError.ChunkSizeTooLong));
        });
    }

    [Test]
    public void Trailers_of_exactly_the_limit_are_read_and_one_byte_more_is_refused()
    {
        using var fits = new ChunkedFeed(new HttpLimits { MaxTrailerBytes = 8 });
        using var tooLarge = new ChunkedFeed(new HttpLimits { MaxTrailerBytes = 7 });
        var bytes = Wire.Bytes("1\r\nx\r\n0\r\nA: b\r\n\r\n");
        Assert.Multiple(() =>
        {
            Assert.That(fits.EveryWay(bytes).Status, Is.EqualTo(ChunkedStatus.Complete));
            Assert.That(
                tooLarge.EveryWay(bytes),
                Is.EqualTo(new ChunkedOutcome(ChunkedStatus.Invalid, 0, HttpProtocolError.TrailersTooLarge, 16, "x", "")));
        });
    }

    [Test]
    public void Trailers_are_limited_in_number()
    {
        using var feed = new ChunkedFeed(new HttpLimits { MaxTrailerFields = 1 });
        Assert.That(
            feed.EveryWay(Wire.Bytes("0\r\nA: b\r\nC: d\r\n\r\n")),
            Is.EqualTo(new ChunkedOutcome(ChunkedStatus.Invalid, 0, HttpProtocolError.TooManyFields, 9, "", "")));
    }

    [Test]
    public void A_chunk_that_is_all_there_is_handed_out_in_one_run_in_its_place()
    {
        var input = Wire.Bytes("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
        var decoder = new ChunkedDecoder();
        var trailers = new HeaderList();
        Assert.That(decoder.Decode(input, trailers, out var consumed, out var bodyLength), Is.EqualTo(ChunkedStatus.Body));
        Assert.That((consumed, bodyLength), Is.EqualTo((8, 5)));
        Assert.That(decoder.Decode(input.AsSpan(8), trailers, out consumed, out bodyLength), Is.EqualTo(ChunkedStatus.Body));
        Assert.That((consumed, bodyLength), Is.EqualTo((11, 6)));
        Assert.That(decoder.Decode(input.AsSpan(19), trailers, out consumed, out bodyLength), Is.EqualTo(ChunkedStatus.Complete));
        Assert.That((consumed, bodyLength, decoder.TrailerBytes), Is.EqualTo((7, 0, 2)));
    }

    [Test]
    public void The_rest_of_a_chunk_is_known_while_its_data_comes()
    {
        var decoder = new ChunkedDecoder();
        var trailers = new HeaderList();
        decoder.Decode("7fffffffffffffff\r\nabc"u8, trailers, out _, out _);
        Assert.That(decoder.ChunkRemaining, Is.EqualTo(long.MaxValue - 3));
        decoder.Reset();
        decoder.Decode("3\r\nabc"u8, trailers, out _, out _);
        Assert.That(decoder.ChunkRemaining, Is.Zero);
    }

    private static TestCaseData Good(string name, string encoded, string body, string trailers = "") =>
        new TestCaseData(encoded, body, trailers).SetArgDisplayNames(name);

    private static TestCaseData Bad(string name, string encoded, HttpProtocolError error, string body = "") =>
        new TestCaseData(encoded, error, body).SetArgDisplayNames(name);
}
