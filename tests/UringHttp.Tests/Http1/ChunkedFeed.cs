using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Http1;

/// <summary>All that the decoder said in the end.</summary>
/// <param name="Status">The last status.</param>
/// <param name="Consumed">The bytes of the encoded body, if it is complete.</param>
/// <param name="Error">The rule, if it is invalid.</param>
/// <param name="ErrorOffset">Where, if it is invalid.</param>
/// <param name="Body">The decoded bytes.</param>
/// <param name="Trailers">The trailers, if it is complete.</param>
internal sealed record ChunkedOutcome(
    ChunkedStatus Status, long Consumed, HttpProtocolError Error, long ErrorOffset, string Body, string Trailers);

/// <summary>Feeds a chunked body to the decoder in every way it can arrive, each time ending right before a page without access.</summary>
internal sealed class ChunkedFeed(HttpLimits? limits = null) : IDisposable
{
    private readonly GuardedMemory _memory = new(256 * 1024);
    private readonly HeaderList _trailers = new();
    private readonly List<byte> _body = [];
    private readonly List<byte> _kept = [];

    private ChunkedDecoder _decoder = new(limits);
    private long _consumed;

    /// <summary>What the decoder says when the bytes come in pieces that end at these offsets, and then the rest.</summary>
    public ChunkedOutcome InPieces(ReadOnlySpan<byte> bytes, params ReadOnlySpan<int> cuts)
    {
        Begin();
        var start = 0;
        foreach (var cut in cuts)
        {
            var outcome = Step(bytes[start..cut]);
            if (outcome.Status != ChunkedStatus.NeedMore)
            {
                return outcome;
            }

            start = cut;
        }

        return Step(bytes[start..]);
    }

    /// <summary>What it says when all bytes are there at once.</summary>
    public ChunkedOutcome Whole(ReadOnlySpan<byte> bytes) => InPieces(bytes);

    /// <summary>What it says when each byte comes alone; the first call sees none.</summary>
    public ChunkedOutcome ByteByByte(ReadOnlySpan<byte> bytes)
    {
        Begin();
        var outcome = Step(default);
        for (var at = 0; at < bytes.Length && outcome.Status == ChunkedStatus.NeedMore; at++)
        {
            outcome = Step(bytes.Slice(at, 1));
        }

        return outcome;
    }

    /// <summary>Asserts that the bytes mean the same however they arrive, and says what.</summary>
    public ChunkedOutcome EveryWay(byte[] bytes)
    {
        var whole = Whole(bytes);
        Assert.That(ByteByByte(bytes), Is.EqualTo(whole), "byte by byte");
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.That(InPieces(bytes, cut), Is.EqualTo(whole), $"in two, cut at {cut}");
        }

        if (whole.Status != ChunkedStatus.NeedMore)
        {
            foreach (var tail in new[] { "0", "\r\n", "HTTP/1.1 200 OK\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n" })
            {
                Assert.That(Whole([.. bytes, .. Wire.Bytes(tail)]), Is.EqualTo(whole), $"with {tail.Length} bytes behind it");
            }
        }

        return whole;
    }

    public void Dispose() => _memory.Dispose();

    private void Begin()
    {
        _decoder.Reset();
        _body.Clear();
        _kept.Clear();
        _consumed = 0;
    }

    /// <summary>Does what a caller does: puts the new bytes behind those not consumed, and decodes until nothing is left to do.</summary>
    private ChunkedOutcome Step(ReadOnlySpan<byte> received)
    {
        _kept.AddRange(received);
        while (true)
        {
            var input = _memory.Place(_kept.ToArray());
            var status = _decoder.Decode(input, _trailers, out var consumed, out var bodyLength);
            Assert.That(bodyLength > 0, Is.EqualTo(status == ChunkedStatus.Body), "there is body exactly if the status says so");
            Assert.That(consumed, Is.InRange(bodyLength, input.Length));
            _body.AddRange(input.Slice(consumed - bodyLength, bodyLength));
            _kept.RemoveRange(0, consumed);
            _consumed += consumed;
            switch (status)
            {
                case ChunkedStatus.Body:
                    break;
                case ChunkedStatus.Complete:
                    var section = input.Slice(consumed - _decoder.TrailerBytes, _decoder.TrailerBytes);
                    return Outcome(status, _consumed, Wire.Text(new HeaderView(section, _trailers)));
                default:
                    return Outcome(status, 0, "");
            }
        }
    }

    private ChunkedOutcome Outcome(ChunkedStatus status, long consumed, string trailers) =>
        new(status, consumed, _decoder.Error, _decoder.ErrorOffset, Wire.Text(_body.ToArray()), trailers);
}
