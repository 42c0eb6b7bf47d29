using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;
using NUnit.Framework;
using UringHttp.Tests.Http1;
using static UringHttp.Tests.Fuzzing.FuzzRun;

namespace UringHttp.Tests.Fuzzing;

/// <summary>Heads of requests, given to our parser and to Kestrel's: both make the same of them, or the difference is listed.</summary>
[TestFixture]
internal sealed class KestrelDifferentialTests
{
    /// <summary>A target that begins with a question mark or a percent sign.</summary>
    private const string OddTarget = @"(^|\n)[^ \r\n]+ [?%]";

    private static readonly ListedDifference[] _listed =
    [
        new(Verdict.Refused, Verdict.Waits, "refused at the byte that is wrong; Kestrel waits for the end of its line", "GET / XTTP"),
        new(Verdict.Taken, "Unrecognized HTTP version", "RFC 9112 §2.3: taken as the highest that is known", Get("Host: a", "1.2")),
        new(Verdict.Waits, "Unrecognized HTTP version", "the same", "GET / HTTP/1.2\r\n"),
        new(Verdict.Taken, "Invalid request line", "what a target means is its reader's", "GET ?a HTTP/1.1\r\nHost: a\r\n\r\n", OddTarget),
        new(Verdict.Waits, "Invalid request line", "the same", "GET %41 HTTP/1.1\r\n", OddTarget),
        new("BareLineFeed", Verdict.Taken, "one line to the one, two to the other: smuggling", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
        new("BareCarriageReturn", Verdict.Taken, "only whole empty lines may stand before a request", $"\r{Get("Host: a")}"),
        new("NotHttp", Verdict.Taken, "RFC 9112 §3: one space, not two", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"),
        new("InvalidTarget", Verdict.Taken, "Kestrel looks at the target behind its parser", "GET /\u00FF HTTP/1.1\r\nHost: a\r\n\r\n"),
        new("InvalidFieldName", Verdict.Taken, "Kestrel looks at names behind its parser", Get("Host: a\r\nA\u00C2: b")),
        new("InvalidFieldValue", Verdict.Taken, "RFC 9110 §5.5: no control characters", Get("Host: a\u0001")),
        new("MissingHost", Verdict.Taken, "Kestrel looks for Host behind its parser", Get("A: b")),
        new("RepeatedHost", Verdict.Taken, "Kestrel looks for Host behind its parser", Get("Host: a\r\nHost: b")),
    ];

    private readonly RequestHeadParser _parser = new();
    private readonly HttpParser<KestrelHead> _kestrel = new();

    [Test]
    public void Request_heads() => Run(
        4, MessageGenerator.RequestHead, (bytes, _) => ListedDifference.Judge(bytes, Here(bytes), There(bytes), _listed), isFixed: true);

    [TestCaseSource(nameof(_listed))]
    public void A_listed_difference_is_there(ListedDifference difference)
    {
        byte[] bytes = Wire.Bytes(difference.Example);
        Assert.That(ListedDifference.Between(Here(bytes), There(bytes)), Is.EqualTo((difference.Here, difference.There)));
    }

    private static string Get(string fields, string version = "1.1") => $"GET / HTTP/{version}\r\n{fields}\r\n\r\n";

    private Verdict Here(byte[] bytes)
    {
        _parser.Reset();
        return _parser.Parse(bytes, out int consumed) switch
        {
            ParseStatus.Complete => new Verdict(
                Verdict.Taken,
                $"{Wire.Text(_parser.Method(bytes))} {Wire.Text(_parser.Target(bytes))} {_parser.Version}{Wire.Text(_parser.View(bytes))}"
                    + $" in {consumed}"),
            ParseStatus.NeedMore => new Verdict(Verdict.Waits),
            _ => new Verdict($"{_parser.Error}"),
        };
    }

    private Verdict There(byte[] bytes)
    {
        // Kestrel skips empty lines before it calls its parser.
        int start = bytes.AsSpan().IndexOfAnyExcept((byte)'\r', (byte)'\n');
        if (start < 0)
        {
            return new Verdict(Verdict.Waits);
        }

        var reader = new SequenceReader<byte>(new ReadOnlySequence<byte>(bytes.AsMemory(start)));
        var head = new KestrelHead();
        try
        {
            return _kestrel.ParseRequestLine(head, ref reader) && _kestrel.ParseHeaders(head, ref reader)
                ? new Verdict(Verdict.Taken, $"{head} in {start + reader.Consumed}")
                : new Verdict(Verdict.Waits);
        }
        catch (BadHttpRequestException e)
        {
            return new Verdict(e.Message.Split(':')[0], e.Message);
        }
    }

    /// <summary>What Kestrel's parser tells, in the words of ours.</summary>
    private sealed class KestrelHead : IHttpRequestLineHandler, IHttpHeadersHandler
    {
        private string _text = "";

        public override string ToString() => _text;

        public void OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine)
        {
            string version = versionAndMethod.Version switch
            {
                HttpVersion.Http10 => $"{ProtocolVersion.Http10}",
                HttpVersion.Http11 => $"{ProtocolVersion.Http11}",
                var other => $"{other}",
            };
            _text = $"{Wire.Text(startLine[..versionAndMethod.MethodEnd])} {Wire.Text(startLine[targetPath.Offset..])} {version}";
        }

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => _text += $"|{Wire.Text(name)}={Wire.Text(value)}";

        public void OnHeadersComplete(bool endStream)
        {
        }

        public void OnStaticIndexedHeader(int index) => throw new NotSupportedException("of HTTP/2");

        public void OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value) => throw new NotSupportedException("of HTTP/2");
    }
}
