using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Http1;

/// <summary>
/// Messages with random faults. Whatever the bytes: nothing throws, nothing is read beyond them (they end before a page without
/// access), and what they mean does not depend on how they are cut.
/// </summary>
[TestFixture]
internal sealed class MutationTests
{
    // Replay a failure by putting its seed here.
    private const int Seed = 20_26_11;

    [Test]
    public void A_response_head_means_the_same_however_it_is_cut()
    {
        using var feed = new ResponseHeadFeed(new HttpLimits { MaxResponseHeadBytes = 300, MaxResponseFields = 9 });
        Mutate(1500, [Samples.Nginx, "HTTP/1.0 404\r\nA:b\r\n\r\n", "HTTP/1.1 100 \r\n\r\n"], (bytes, cuts) =>
            (feed.Whole(bytes), feed.InPieces(bytes, cuts), feed.ByteByByte(bytes)));
    }

    [Test]
    public void A_request_head_means_the_same_however_it_is_cut()
    {
        using var feed = new RequestHeadFeed(new HttpLimits { MaxRequestHeadBytes = 120, MaxRequestLineBytes = 40, MaxRequestFields = 5 });
        Mutate(1500, [Samples.Curl, "\r\nPOST / HTTP/1.0\r\nHost:x\r\nA: b\r\n\r\n"], (bytes, cuts) =>
            (feed.Whole(bytes), feed.InPieces(bytes, cuts), feed.ByteByByte(bytes)));
    }

    [Test]
    public void A_chunked_body_means_the_same_however_it_is_cut()
    {
        var limits = new HttpLimits { MaxChunkExtensionBytes = 12, MaxTrailerBytes = 40, MaxTrailerFields = 2, MaxChunkSizeDigits = 4 };
        using var feed = new ChunkedFeed(limits);
        Mutate(1500, ["5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nA: b\r\nC: d\r\n\r\n", "1;x\r\na\r\n02\r\nbb\r\n0\r\n\r\n"], (bytes, cuts) =>
            (feed.Whole(bytes), feed.InPieces(bytes, cuts), feed.ByteByByte(bytes)));
    }

    private static void Mutate<T>(int rounds, string[] messages, Func<byte[], int[], (T Whole, T InPieces, T ByteByByte)> feed)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        for (var round = 0; round < rounds; round++)
        {
            var bytes = Mutator.Mutate(Wire.Bytes(messages[random.Next(messages.Length)]), random);
            var cuts = Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(bytes.Length + 1)).Order().ToArray();
            var outcome = feed(bytes, cuts);
            if (!Equals(outcome.Whole, outcome.InPieces) || !Equals(outcome.Whole, outcome.ByteByByte))
            {
                Assert.Fail(
                    $"seed {Seed}, round {round}, cut at {string.Join(' ', cuts)}, {Convert.ToHexString(bytes)}\n{Wire.Text(bytes)}\n"
                    + $"whole        {outcome.Whole}\nin pieces    {outcome.InPieces}\nbyte by byte {outcome.ByteByByte}");
            }
        }
    }
}
