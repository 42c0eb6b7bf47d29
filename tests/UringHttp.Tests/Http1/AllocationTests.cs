using NUnit.Framework;

namespace UringHttp.Tests.Http1;

/// <summary>What runs for each message allocates nothing, once it has run.</summary>
[TestFixture]
internal sealed class AllocationTests
{
    private static readonly byte[] _response = Wire.Bytes(Samples.Nginx);
    private static readonly byte[] _badResponse = Wire.Bytes("HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n");
    private static readonly byte[] _request = Wire.Bytes(Samples.Curl);
    private static readonly byte[] _chunked = Wire.Bytes("5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nA: b\r\n\r\n");
    private static readonly byte[] _destination = new byte[512];

    [Test]
    public void Parsing_a_response_head_allocates_nothing()
    {
        var parser = new ResponseHeadParser();
        AssertAllocatesNothing(() =>
        {
            for (var length = 0; length < _response.Length; length += 7)
            {
                parser.Parse(_response.AsSpan(0, length), out _);
            }

            parser.Parse(_response, out _);
            var view = parser.View(_response);
            foreach (var field in view)
            {
                _ = field.Value.Length + field.Name.Length;
            }

            view.TryGet("ETag"u8, out _);
            view.TryGet("X-None"u8, out _);
            _ = parser.ReasonPhrase(_response);
            BodyFraming.TryFromResponse(MethodKind.Get, parser.StatusCode, parser.Version, view, out _, out _);
            _ = KeepAlive.IsKept(parser.Version, view);
        });
    }

    [Test]
    public void Refusing_a_head_allocates_nothing_and_neither_do_the_words_for_it()
    {
        var parser = new ResponseHeadParser();
        AssertAllocatesNothing(() =>
        {
            parser.Parse(_badResponse, out _);
            _ = parser.Error.Describe();
            parser.Reset();
        });
    }

    [Test]
    public void Parsing_a_request_head_allocates_nothing()
    {
        var parser = new RequestHeadParser();
        AssertAllocatesNothing(() =>
        {
            for (var length = 0; length < _request.Length; length += 7)
            {
                parser.Parse(_request.AsSpan(0, length), out _);
            }

            parser.Parse(_request, out _);
            _ = parser.Method(_request);
            _ = parser.Target(_request);
            BodyFraming.TryFromRequest(parser.Version, parser.View(_request), out _, out _);
        });
    }

    [Test]
    public void Decoding_a_chunked_body_allocates_nothing()
    {
        var trailers = new HeaderList();
        AssertAllocatesNothing(() =>
        {
            var decoder = new ChunkedDecoder();
            ReadOnlySpan<byte> rest = _chunked;
            while (decoder.Decode(rest, trailers, out var consumed, out _) == ChunkedStatus.Body)
            {
                rest = rest[consumed..];
            }
        });
    }

    [Test]
    public void Writing_a_head_allocates_nothing() => AssertAllocatesNothing(() =>
    {
        var writer = new HeadWriter(_destination);
        writer.RequestLine("GET", "/");
        writer.Field("Host"u8, "a"u8);
        writer.Field("X", "caf\u00E9", HeadEncoding.Latin1);
        writer.Field("X", "caf\u00E9", HeadEncoding.Utf8);
        writer.Field("Accept", "a");
        writer.AppendToField(", "u8, "b");
        writer.Field("Content-Length"u8, 12345);
        writer.Field("X", "a\r\nb");
        writer.StatusLine(200, "OK"u8);
        writer.End();
    });

    [Test]
    public void Encoding_a_chunk_allocates_nothing() =>
        AssertAllocatesNothing(() => ChunkedEncoder.TryWriteChunkStart(_destination, 12345, out _));

    [Test]
    public void The_moves_of_an_exchange_allocate_nothing()
    {
        var state = new ConnectionState(ConnectionRole.Client);
        AssertAllocatesNothing(() =>
        {
            state.Move(ConnectionSide.Local, ConnectionEvent.Request);
            state.Move(ConnectionSide.Local, ConnectionEvent.EndOfMessage);
            state.Move(ConnectionSide.Peer, ConnectionEvent.Response);
            state.Move(ConnectionSide.Peer, ConnectionEvent.EndOfMessage);
        });
    }

    private static void AssertAllocatesNothing(Action action)
    {
        // Some of it makes what it needs for good at its first runs.
        for (var run = 0; run < 3; run++)
        {
            action();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(allocated, Is.Zero);
    }
}
