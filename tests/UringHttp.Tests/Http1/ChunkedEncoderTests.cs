using NUnit.Framework;

namespace UringHttp.Tests.Http1;

[TestFixture]
internal sealed class ChunkedEncoderTests
{
    [TestCase(1, "1\r\n")]
    [TestCase(15, "f\r\n")]
    [TestCase(16, "10\r\n")]
    [TestCase(255, "ff\r\n")]
    [TestCase(256, "100\r\n")]
    [TestCase(65536, "10000\r\n")]
    [TestCase(long.MaxValue, "7fffffffffffffff\r\n")]
    public void The_line_before_a_chunk_is_its_size_in_hexadecimal(long length, string expected)
    {
        Span<byte> destination = stackalloc byte[ChunkedEncoder.MaxChunkStartBytes];
        Assert.That(ChunkedEncoder.TryWriteChunkStart(destination, length, out var written), Is.True);
        Assert.That(Wire.Text(destination[..written]), Is.EqualTo(expected));
        Assert.That(ChunkedEncoder.ChunkStartBytes(length), Is.EqualTo(expected.Length));
        Assert.That(ChunkedEncoder.TryWriteChunkStart(destination[..written], length, out _), Is.True, "into exactly its room");
        Assert.That(ChunkedEncoder.TryWriteChunkStart(destination[..(written - 1)], length, out var none), Is.False, "into one byte less");
        Assert.That(none, Is.Zero);
    }

    [TestCase(0)]
    [TestCase(-1)]
    public void A_chunk_without_data_is_refused_because_it_would_end_the_body(long length) =>
        Assert.That(
            () => ChunkedEncoder.TryWriteChunkStart(new byte[ChunkedEncoder.MaxChunkStartBytes], length, out _),
            Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void What_is_encoded_is_decoded_to_the_same([Values] bool hasTrailers)
    {
        var encoded = new List<byte>();
        var body = "";
        Span<byte> scratch = stackalloc byte[64];
        foreach (var length in new[] { 1, 9, 15, 16, 17, 255, 256, 1000 })
        {
            var data = new string((char)('a' + (length % 26)), length);
            ChunkedEncoder.TryWriteChunkStart(scratch, length, out var written);
            encoded.AddRange(scratch[..written]);
            encoded.AddRange(Wire.Bytes(data));
            encoded.AddRange(ChunkedEncoder.ChunkEnd);
            body += data;
        }

        if (hasTrailers)
        {
            var writer = new HeadWriter(scratch);
            writer.Field("A", "b");
            writer.End();
            encoded.AddRange(ChunkedEncoder.TrailersStart);
            encoded.AddRange(scratch[..writer.Written]);
        }
        else
        {
            encoded.AddRange(ChunkedEncoder.End);
        }

        using var feed = new ChunkedFeed();
        Assert.That(
            feed.Whole(encoded.ToArray()),
            Is.EqualTo(new ChunkedOutcome(ChunkedStatus.Complete, encoded.Count, 0, 0, body, hasTrailers ? "|A=b" : "")));
    }
}
