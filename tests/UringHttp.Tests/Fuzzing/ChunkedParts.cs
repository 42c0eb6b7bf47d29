using FsCheck;
using FsCheck.Fluent;

namespace UringHttp.Tests.Fuzzing;

/// <summary>What a chunked body is written from, and where it is cut on its way.</summary>
internal sealed record ChunkedParts(string[] Chunks, FieldPart[] Trailers, int[] Cuts)
{
    /// <summary>Shrinks to the fewest and shortest chunks, trailers and cuts that still fail.</summary>
    internal static Arbitrary<ChunkedParts> Arbitrary { get; } = Arb.From(
        from chunks in Parts.Text(Parts.AnyCharacters, 1).ArrayOf()
        from trailers in FieldPart.Gen.ArrayOf()
        from cuts in Parts.Cuts
        select new ChunkedParts(chunks, trailers, cuts),
        parts => parts.Shrink());

    public override string ToString() =>
        $"{string.Join(" | ", Chunks.Select(chunk => Convert.ToHexString(Http1.Wire.Bytes(chunk))))} | "
        + $"{string.Join(" | ", Trailers.Select(field => $"{field.Name}: {field.Value}"))} | cut at {string.Join(' ', Cuts)} thousandths";

    private IEnumerable<ChunkedParts> Shrink() =>
        Parts.Fewer(Chunks).Select(chunks => this with { Chunks = chunks })
            .Concat(Parts.Fewer(Trailers).Select(trailers => this with { Trailers = trailers }))
            .Concat(Parts.Fewer(Cuts).Select(cuts => this with { Cuts = cuts }))
            .Concat(
                from chunk in Chunks.Index()
                from less in Parts.Shorter(chunk.Item, 1)
                select this with { Chunks = Parts.With(Chunks, chunk.Index, less) })
            .Concat(
                from trailer in Trailers.Index()
                from less in trailer.Item.Shrink()
                select this with { Trailers = Parts.With(Trailers, trailer.Index, less) });
}
