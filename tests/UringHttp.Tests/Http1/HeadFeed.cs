using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Http1;

/// <summary>All that a head parser said in the end.</summary>
/// <param name="Status">The last status.</param>
/// <param name="Consumed">The length of the head, if it is complete.</param>
/// <param name="Error">The rule, if it is invalid.</param>
/// <param name="ErrorOffset">Where, if it is invalid.</param>
/// <param name="Text">The head in words, if it is complete.</param>
internal sealed record HeadOutcome(ParseStatus Status, int Consumed, HttpProtocolError Error, int ErrorOffset, string Text);

/// <summary>Feeds a head to a parser in every way it can arrive, each time ending right before a page without access.</summary>
internal abstract class HeadFeed : IDisposable
{
    private readonly GuardedMemory _memory = new(256 * 1024);

    /// <summary>What the parser says when all bytes are there at once.</summary>
    public HeadOutcome Whole(ReadOnlySpan<byte> bytes)
    {
        Begin();
        return Step(_memory.Place(bytes));
    }

    /// <summary>What it says when the bytes come in pieces that end at these offsets, and then as they are in the end.</summary>
    public HeadOutcome InPieces(ReadOnlySpan<byte> bytes, params ReadOnlySpan<int> cuts)
    {
        Begin();
        foreach (var cut in cuts)
        {
            var outcome = Step(_memory.Place(bytes[..cut]));
            if (outcome.Status != ParseStatus.NeedMore)
            {
                return outcome;
            }
        }

        return Step(_memory.Place(bytes));
    }

    /// <summary>What it says when each byte comes alone; the first call sees none.</summary>
    public HeadOutcome ByteByByte(ReadOnlySpan<byte> bytes)
    {
        Begin();
        for (var length = 0; length < bytes.Length; length++)
        {
            var outcome = Step(_memory.Place(bytes[..length]));
            if (outcome.Status != ParseStatus.NeedMore)
            {
                return outcome;
            }
        }

        return Step(_memory.Place(bytes));
    }

    /// <summary>Asserts that the bytes mean the same however they arrive, and says what.</summary>
    public HeadOutcome EveryWay(byte[] bytes)
    {
        var whole = Whole(bytes);
        Assert.That(ByteByByte(bytes), Is.EqualTo(whole), "byte by byte");
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.That(InPieces(bytes, cut), Is.EqualTo(whole), $"in two, cut at {cut}");
        }

        if (whole.Status != ParseStatus.NeedMore)
        {
            foreach (var tail in new[] { "H", "\r\n", "HTTP/1.1 200 OK\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", new string('\0', 40) })
            {
                Assert.That(Whole([.. bytes, .. Wire.Bytes(tail)]), Is.EqualTo(whole), $"with {tail.Length} bytes behind it");
            }
        }

        return whole;
    }

    public void Dispose() => _memory.Dispose();

    protected abstract void Begin();

    protected abstract HeadOutcome Step(ReadOnlySpan<byte> bytes);
}

internal sealed class ResponseHeadFeed(HttpLimits? limits = null) : HeadFeed
{
    private readonly ResponseHeadParser _parser = new(limits);

    protected override void Begin() => _parser.Reset();

    protected override HeadOutcome Step(ReadOnlySpan<byte> bytes)
    {
        var status = _parser.Parse(bytes, out var consumed);
        return status switch
        {
            ParseStatus.Complete => new HeadOutcome(status, consumed, 0, 0, Text(bytes[..consumed])),
            _ => new HeadOutcome(status, consumed, _parser.Error, _parser.ErrorOffset, ""),
        };
    }

    private string Text(ReadOnlySpan<byte> head) =>
        $"{_parser.Version} {_parser.StatusCode} '{Wire.Text(_parser.ReasonPhrase(head))}'{Wire.Text(_parser.View(head))}";
}

internal sealed class RequestHeadFeed(HttpLimits? limits = null) : HeadFeed
{
    private readonly RequestHeadParser _parser = new(limits);

    protected override void Begin() => _parser.Reset();

    protected override HeadOutcome Step(ReadOnlySpan<byte> bytes)
    {
        var status = _parser.Parse(bytes, out var consumed);
        return status switch
        {
            ParseStatus.Complete => new HeadOutcome(status, consumed, 0, 0, Text(bytes[..consumed])),
            _ => new HeadOutcome(status, consumed, _parser.Error, _parser.ErrorOffset, ""),
        };
    }

    private string Text(ReadOnlySpan<byte> head) =>
        $"{Wire.Text(_parser.Method(head))} {Wire.Text(_parser.Target(head))} {_parser.Version}{Wire.Text(_parser.View(head))}";
}
