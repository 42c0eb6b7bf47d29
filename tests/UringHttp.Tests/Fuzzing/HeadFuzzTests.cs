using NUnit.Framework;
using UringHttp.Tests.Http1;
using static UringHttp.Tests.Fuzzing.FuzzRun;

namespace UringHttp.Tests.Fuzzing;

/// <summary>
/// Heads. Nothing throws; nothing is read beyond the bytes, which end before a page without access; what they mean does not depend on how
/// they are cut; what is accepted means the same after it was written and parsed again, and frames its message in one way only.
/// </summary>
[TestFixture]
internal sealed class HeadFuzzTests
{
    private static readonly HttpLimits _limits = new()
    {
        MaxResponseHeadBytes = 300,
        MaxResponseFields = 6,
        MaxRequestHeadBytes = 300,
        MaxRequestLineBytes = 60,
        MaxRequestFields = 6,
    };

    private readonly byte[] _written = new byte[4096];

    [Test]
    public void Response_heads()
    {
        using var feed = new ResponseHeadFeed(_limits);
        var parser = new ResponseHeadParser(_limits);
        var again = new ResponseHeadParser();
        Run(25, MessageGenerator.ResponseHead, (bytes, random) =>
        {
            CheckCuts(feed, bytes, random);
            parser.Reset();
            if (parser.Parse(bytes, out var consumed) != ParseStatus.Complete)
            {
                return;
            }

            var writer = new HeadWriter(_written);
            Same(writer.StatusLine(parser.StatusCode, parser.ReasonPhrase(bytes)), WriteStatus.Written, "the status line, written again");
            var head = WriteFields(ref writer, parser.View(bytes.AsSpan(0, consumed)));
            again.Reset();
            Same(again.Parse(head, out var length), ParseStatus.Complete, "the head, written and parsed again");
            Same(length, head.Length, "its length");
            Same(again.StatusCode, parser.StatusCode, "its status");
            Same(Wire.Text(again.View(head)), Wire.Text(parser.View(bytes)), "its fields");
            foreach (var method in new[] { MethodKind.Get, MethodKind.Head, MethodKind.Connect })
            {
                var isFramed = BodyFraming.TryFromResponse(
                    method, parser.StatusCode, parser.Version, parser.View(bytes), out var framing, out var error);
                Same(error == HttpProtocolError.None, isFramed, "there is an error exactly where there is no framing");
                CheckFraming(isFramed, framing, parser.Version, parser.View(bytes));
            }
        });
    }

    [Test]
    public void Request_heads()
    {
        using var feed = new RequestHeadFeed(_limits);
        var parser = new RequestHeadParser(_limits);
        var again = new RequestHeadParser();
        Run(15, MessageGenerator.RequestHead, (bytes, random) =>
        {
            CheckCuts(feed, bytes, random);
            parser.Reset();
            if (parser.Parse(bytes, out var consumed) != ParseStatus.Complete)
            {
                return;
            }

            var whole = bytes.AsSpan(0, consumed);
            var writer = new HeadWriter(_written);
            var line = writer.RequestLine(parser.Method(whole), parser.Target(whole), parser.Version);
            Same(line, WriteStatus.Written, "the line, written again");
            var head = WriteFields(ref writer, parser.View(whole));
            again.Reset();
            Same(again.Parse(head, out var length), ParseStatus.Complete, "the head, written and parsed again");
            Same(length, head.Length, "its length");
            Demand(again.Method(head).SequenceEqual(parser.Method(whole)), "its method");
            Demand(again.Target(head).SequenceEqual(parser.Target(whole)), "its target");
            Same(again.Version, parser.Version, "its version");
            Same(Wire.Text(again.View(head)), Wire.Text(parser.View(whole)), "its fields");
            var isFramed = BodyFraming.TryFromRequest(parser.Version, parser.View(whole), out var framing, out _);
            Demand(!isFramed || framing.Kind != FramingKind.UntilClose, "a request's body that ends with the connection");
            CheckFraming(isFramed, framing, parser.Version, parser.View(whole));
        });
    }

    /// <summary>What a caller may say. Whatever it is, one request goes out, with these fields and no other, or none.</summary>
    [Test]
    public void Requests_of_callers()
    {
        var parser = new RequestHeadParser();
        string[] parts = ["a", "Host", ": ", "\r\n", "\n", "\r", " ", "\t", "\0", "GET / HTTP/1.1", "/", "x"];
        Run(15, random => Wire.Bytes(MessageGenerator.Mix(random, 3, parts)), (bytes, random) =>
        {
            var text = Wire.Text(bytes);
            var name = random.Next(3) == 0 ? MessageGenerator.Mix(random, 2, parts) : "Name";
            var value = random.Next(3) == 0 ? MessageGenerator.Mix(random, 3, parts) : text;
            var (method, target) = random.Next(3) switch { 0 => (text, "/"), 1 => ("GET", text), _ => ("GET", "/") };
            var encoding = (HeadEncoding)random.Next(3);
            var writer = new HeadWriter(_written);
            if (writer.RequestLine(method.AsSpan(), target) != WriteStatus.Written
                || writer.Field("Host"u8, "a"u8) != WriteStatus.Written
                || writer.Field(name.AsSpan(), value, encoding) != WriteStatus.Written
                || writer.End() != WriteStatus.Written)
            {
                Demand(writer.Error != HttpProtocolError.None, "refused without a reason");
                return;
            }

            var head = _written.AsSpan(0, writer.Written);
            parser.Reset();
            var status = parser.Parse(head, out var consumed);
            if (status == ParseStatus.Invalid && name.Equals("Host", StringComparison.OrdinalIgnoreCase))
            {
                return; // twice Host is the caller's doing, and stays one request
            }

            Same(status, ParseStatus.Complete, "what is written parses");
            Same(consumed, head.Length, "one head, and nothing behind it");
            Same(parser.View(head).Count, 2, "no field but these");
            Same(Wire.Text(parser.Method(head)), method, "the method");
            Same(Wire.Text(parser.Target(head)), target, "the target");
            Same(Wire.Text(parser.View(head)[1].Name), name, "the field's name");
        });
    }

    private static void CheckCuts(HeadFeed feed, byte[] bytes, Random random)
    {
        var whole = feed.Whole(bytes);
        Demand(whole.Consumed >= 0 && whole.Consumed <= bytes.Length, "consumed more than there is");
        Demand(whole.ErrorOffset >= 0 && whole.ErrorOffset <= bytes.Length, "an error beyond the end");
        Same((whole.Status == ParseStatus.Invalid), whole.Error != HttpProtocolError.None, "there is an error exactly where it is invalid");
        Same(feed.InPieces(bytes, MessageGenerator.Cuts(bytes.Length, random)), whole, "in pieces");
        if (random.Next(16) == 0)
        {
            Same(feed.ByteByByte(bytes), whole, "byte by byte");
        }
    }

    private Span<byte> WriteFields(ref HeadWriter writer, HeaderView fields)
    {
        foreach (var field in fields)
        {
            Same(writer.Field(field.Name, field.Value), WriteStatus.Written, "a field, written again");
        }

        Same(writer.End(), WriteStatus.Written, "the end");
        return _written.AsSpan(0, writer.Written);
    }

    /// <summary>Whoever else reads this message frames it alike: it says in one way only where it ends.</summary>
    private static void CheckFraming(bool isFramed, BodyFraming framing, ProtocolVersion version, HeaderView fields)
    {
        if (!isFramed || framing.Kind is FramingKind.None or FramingKind.UntilClose)
        {
            return;
        }

        var isChunked = framing.Kind == FramingKind.Chunked;
        Demand(!isChunked || version == ProtocolVersion.Http11, "chunked before HTTP/1.1");
        foreach (var field in fields)
        {
            var name = Wire.Text(field.Name).ToUpperInvariant();
            var value = Wire.Text(field.Value).Trim(' ', '\t', ',');
            Demand(name != "CONTENT-LENGTH" || !isChunked, "chunked, and with a length");
            Demand(name != "TRANSFER-ENCODING" || isChunked, "with a length, and a transfer coding");
            if (name == "TRANSFER-ENCODING" && value.Length > 0)
            {
                Same(value.ToUpperInvariant(), "CHUNKED", "the transfer coding");
            }
            else if (name == "CONTENT-LENGTH")
            {
                var digits = $"{framing.Length}".TrimStart('0');
                Demand(value.Split(',').All(one => one.Trim(' ', '\t').TrimStart('0') == digits), "another length");
            }
        }
    }
}
