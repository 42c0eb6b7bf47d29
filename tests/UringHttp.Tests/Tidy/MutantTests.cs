using NUnit.Framework;

namespace UringHttp.Tests.Tidy;

/// <summary>The deliberate bugs that the simulation has to find are patches, which must fit: elsewhere they would be other bugs.</summary>
internal sealed class MutantTests
{
    private const string Folder = "tests/UringHttp.Simulation/Mutants";

    private static IReadOnlyList<SourceFile> Patches => [.. Repository.Sources(Folder, ".patch")];

    [Test]
    public void There_are_more_than_ten() => Assert.That(Patches, Has.Count.GreaterThan(10));

    [Test]
    public void Each_fits_one_place_in_the_sources() => Rule.IsKept(
        $"in {Folder}, what a patch changes stands in its file, once",
        from patch in Patches
        from hunk in patch.Text.Split("\n@@").Skip(1)
        let target = Repository.Read(patch.Lines[0].Split([' ', '\t'])[1])
        where target.Split(Before(hunk)).Length != 2
        select $"{patch}: {hunk.Split('\n')[0]}");

    /// <summary>The lines that a hunk expects.</summary>
    private static string Before(string hunk) => string.Join(
        '\n',
        from line in hunk.TrimEnd('\n').Split('\n').Skip(1)
        where !line.StartsWith('+')
        select line.Length == 0 ? line : line[1..]);
}
