using FsCheck;
using FsCheck.Fluent;
using UringHttp.Tests.Http1;

namespace UringHttp.Tests.Fuzzing;

/// <summary>A field of a message that is to be written.</summary>
internal sealed record FieldPart(string Name, string Value)
{
    internal static Gen<FieldPart> Gen { get; } =
        from name in Parts.Text(Parts.TokenCharacters, 1)
        from value in Parts.Text(Parts.ValueCharacters, 0)
        select new FieldPart(name, value.Trim(' ', '\t')); // the space around a value is none of it

    internal IEnumerable<FieldPart> Shrink() =>
        Parts.Shorter(Name, 1).Select(name => this with { Name = name })
            .Concat(Parts.Shorter(Value, 0).Select(value => this with { Value = value.Trim(' ', '\t') }));
}

/// <summary>What a head is written from, and where it is cut on its way; the start line is of a request or of a response.</summary>
internal sealed record HeadParts(string Method, string Target, int Status, string Reason, FieldPart[] Fields, int[] Cuts)
{
    /// <summary>Shrinks to the fewest fields, the shortest texts and the fewest cuts that still fail.</summary>
    internal static Arbitrary<HeadParts> Arbitrary { get; } = Arb.From(
        from method in Parts.Text(Parts.TokenCharacters, 1)
        from target in Parts.Text(Parts.VisibleCharacters, 1)
        from status in FsCheck.Fluent.Gen.Choose(100, 999)
        from reason in Parts.Text(Parts.ValueCharacters, 0)
        from fields in FieldPart.Gen.ArrayOf()
        from cuts in Parts.Cuts
        select new HeadParts(method, target, status, reason, fields, cuts),
        parts => parts.Shrink());

    public override string ToString() =>
        $"{Method} {Target} | {Status} {Reason} | {string.Join(" | ", Fields.Select(field => $"{field.Name}: {field.Value}"))}"
        + $" | cut at {string.Join(' ', Cuts)} thousandths";

    /// <summary>The fields as <see cref="Wire.Text(HeaderView)"/> shows them.</summary>
    internal string FieldsText => string.Concat(Fields.Select(one => $"|{one.Name}={one.Value}"));

    private IEnumerable<HeadParts> Shrink() =>
        Parts.Fewer(Fields).Select(fields => this with { Fields = fields })
            .Concat(Parts.Fewer(Cuts).Select(cuts => this with { Cuts = cuts }))
            .Concat(Parts.Shorter(Method, 1).Select(method => this with { Method = method }))
            .Concat(Parts.Shorter(Target, 1).Select(target => this with { Target = target }))
            .Concat(Parts.Shorter(Reason, 0).Select(reason => this with { Reason = reason }))
            .Concat(Fields.SelectMany((field, i) => field.Shrink().Select(less => this with { Fields = Parts.With(Fields, i, less) })));
}
