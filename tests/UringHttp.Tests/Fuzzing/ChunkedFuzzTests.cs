using NUnit.Framework;
using UringHttp.Tests.Http1;
using static UringHttp.Tests.Fuzzing.FuzzRun;

namespace UringHttp.Tests.Fuzzing;

/// <summary>Chunked bodies: as heads are asked, and those without a fault say what was put into them.</summary>
[TestFixture]
internal sealed class ChunkedFuzzTests
{
    [Test]
    public void Chunked_bodies()
    {
        var limits = new HttpLimits { MaxChunkExtensionBytes = 30, MaxTrailerBytes = 60, MaxTrailerFields = 3, MaxChunkSizeDigits = 8 };
        using var feed = new ChunkedFeed(limits);
        using var plain = new ChunkedFeed();
        string? meaning = null;
        Run(17, random => MessageGenerator.ChunkedBody(random, out meaning), (bytes, random) =>
        {
            var whole = feed.Whole(bytes);
            var isInvalid = whole.Status == ChunkedStatus.Invalid;
            Same(isInvalid, whole.Error != HttpProtocolError.None, "there is an error exactly where it is invalid");
            Demand(whole.Consumed <= bytes.Length && whole.ErrorOffset <= bytes.Length, "beyond the end");
            Same(feed.InPieces(bytes, MessageGenerator.Cuts(bytes.Length, random)), whole, "in pieces");
            if (random.Next(16) == 0)
            {
                Same(feed.ByteByByte(bytes), whole, "byte by byte");
            }

            if (meaning is not null)
            {
                Same(whole.Status, ChunkedStatus.Complete, $"nothing is wrong with it, but {whole.Error}");
                Same(whole.Consumed, bytes.Length, "its length");
                Same(whole.Body, meaning, "its body");
            }

            if (whole.Status == ChunkedStatus.Complete)
            {
                Same(plain.Whole(Encode(whole.Body)).Body, whole.Body, "its body, encoded and decoded again");
            }
        });
    }

    private static byte[] Encode(string body)
    {
        Span<byte> start = stackalloc byte[ChunkedEncoder.MaxChunkStartBytes];
        if (body.Length == 0)
        {
            return ChunkedEncoder.End.ToArray();
        }

        Demand(ChunkedEncoder.TryWriteChunkStart(start, body.Length, out var written), "the start of a chunk fits");
        return [.. start[..written], .. Wire.Bytes(body), .. ChunkedEncoder.ChunkEnd, .. ChunkedEncoder.End];
    }
}
