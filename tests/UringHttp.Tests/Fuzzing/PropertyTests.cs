using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using UringHttp.Tests.Http1;
using static UringHttp.Tests.Fuzzing.FuzzRun;

namespace UringHttp.Tests.Fuzzing;

/// <summary>
/// What is written parses as what it was written from, however it is cut on its way. FsCheck draws the parts, and shrinks those that fail
/// to the smallest that still do.
/// </summary>
[TestFixture]
internal sealed class PropertyTests
{
    private static readonly HttpLimits _limits = new()
    {
        MaxResponseHeadBytes = 1 << 20,
        MaxResponseFields = 1000,
        MaxRequestHeadBytes = 1 << 20,
        MaxRequestLineBytes = 1 << 20,
        MaxRequestFields = 1000,
        MaxTrailerBytes = 1 << 20,
        MaxTrailerFields = 1000,
    };

    private readonly byte[] _written = new byte[1 << 18];

    [Test]
    public void A_response_head_is_what_it_was_written_from()
    {
        using var feed = new ResponseHeadFeed(_limits);
        Hold(HeadParts.Arbitrary, parts =>
        {
            var writer = new HeadWriter(_written);
            Same(writer.StatusLine(parts.Status, Wire.Bytes(parts.Reason)), WriteStatus.Written, "the status line");
            byte[] bytes = Finish(ref writer, parts.Fields);
            HeadOutcome outcome = feed.InPieces(bytes, Parts.Place(parts.Cuts, bytes.Length));
            Same(outcome.Status, ParseStatus.Complete, $"refused as {outcome.Error} at {outcome.ErrorOffset}");
            Same(outcome.Consumed, bytes.Length, "its length");
            Same(outcome.Text, $"Http11 {parts.Status} '{parts.Reason}'{parts.FieldsText}", "its meaning");
        });
    }

    [Test]
    public void A_request_head_is_what_it_was_written_from()
    {
        using var feed = new RequestHeadFeed(_limits);
        Hold(HeadParts.Arbitrary, parts =>
        {
            var writer = new HeadWriter(_written);
            Same(
                writer.RequestLine(Wire.Bytes(parts.Method), Wire.Bytes(parts.Target), ProtocolVersion.Http11),
                WriteStatus.Written,
                "the line");
            byte[] bytes = Finish(ref writer, [new("Host", "a"), .. parts.Fields]); // no other Host: there is no o in names
            HeadOutcome outcome = feed.InPieces(bytes, Parts.Place(parts.Cuts, bytes.Length));
            Same(outcome.Status, ParseStatus.Complete, $"refused as {outcome.Error} at {outcome.ErrorOffset}");
            Same(outcome.Consumed, bytes.Length, "its length");
            Same(outcome.Text, $"{parts.Method} {parts.Target} Http11|Host=a{parts.FieldsText}", "its meaning");
        });
    }

    [Test]
    public void A_chunked_body_is_what_it_was_written_from()
    {
        using var feed = new ChunkedFeed(_limits);
        Hold(ChunkedParts.Arbitrary, parts =>
        {
            byte[] bytes = Encode(parts);
            ChunkedOutcome outcome = feed.InPieces(bytes, Parts.Place(parts.Cuts, bytes.Length));
            Same(outcome.Status, ChunkedStatus.Complete, $"refused as {outcome.Error} at {outcome.ErrorOffset}");
            Same(outcome.Consumed, bytes.Length, "its length");
            Same(outcome.Body, string.Concat(parts.Chunks), "its body");
            Same(outcome.Trailers, string.Concat(parts.Trailers.Select(field => $"|{field.Name}={field.Value}")), "its trailers");
        });
    }

    /// <summary>FsCheck's own check: whoever trusts it to shrink should see it do so.</summary>
    [Test]
    public void What_fails_is_shrunk()
    {
        Exception? failure = Assert.Catch(() => Hold(HeadParts.Arbitrary, parts => Demand(parts.Fields.Length < 2, "two fields")));
        Assert.That(failure!.Message, Does.Match(@"Shrunk:\s+. . \| \d+  \| .:  \| .:  \| cut at  thousandths"));
    }

    private static void Hold<T>(Arbitrary<T> arbitrary, Action<T> property) =>
        Prop.ForAll(arbitrary, property).Check(Config.QuickThrowOnFailure.WithMaxTest((int)Math.Min(Inputs / 100, 1_000_000)));

    private byte[] Finish(ref HeadWriter writer, FieldPart[] fields)
    {
        foreach (FieldPart field in fields)
        {
            Same(writer.Field(Wire.Bytes(field.Name), Wire.Bytes(field.Value)), WriteStatus.Written, $"the field {field}");
        }

        Same(writer.End(), WriteStatus.Written, "the end");
        return _written[..writer.Written];
    }

    private static byte[] Encode(ChunkedParts parts)
    {
        var bytes = new List<byte>();
        Span<byte> start = stackalloc byte[ChunkedEncoder.MaxChunkStartBytes];
        foreach (string chunk in parts.Chunks)
        {
            Demand(ChunkedEncoder.TryWriteChunkStart(start, chunk.Length, out int written), "the start of a chunk fits");
            bytes.AddRange([.. start[..written], .. Wire.Bytes(chunk), .. ChunkedEncoder.ChunkEnd]);
        }

        bytes.AddRange(ChunkedEncoder.TrailersStart);
        foreach (FieldPart field in parts.Trailers)
        {
            bytes.AddRange(Wire.Bytes($"{field.Name}: {field.Value}\r\n"));
        }

        return [.. bytes, .. ChunkedEncoder.ChunkEnd];
    }
}
