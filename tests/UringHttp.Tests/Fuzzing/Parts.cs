using FsCheck;
using FsCheck.Fluent;

namespace UringHttp.Tests.Fuzzing;

/// <summary>What messages are put together from, and how it is made smaller.</summary>
internal static class Parts
{
    internal const string TokenCharacters = "abcXYZ019!#$%&'*+-.^_`|~";

    private const int Thousand = 1000;

    internal static string VisibleCharacters { get; } = string.Concat(Enumerable.Range('!', '~' - '!' + 1).Select(one => (char)one));

    internal static string ValueCharacters { get; } = $"{VisibleCharacters} \t\u0080\u00E9\u00FF";

    internal static string AnyCharacters { get; } = string.Concat(Enumerable.Range(0, 256).Select(one => (char)one));

    /// <summary>Where a message is cut: in thousandths of its length, in order.</summary>
    internal static Gen<int[]> Cuts { get; } = Gen.Choose(0, Thousand).ArrayOf().Select(cuts => cuts.Order().ToArray());

    internal static Gen<string> Text(string characters, int least) =>
        from first in Gen.Elements(characters.ToCharArray()).ArrayOf(least)
        from rest in Gen.Elements(characters.ToCharArray()).ArrayOf()
        select new string([.. first, .. rest]);

    /// <summary>The cuts as offsets into a message.</summary>
    internal static int[] Place(int[] cuts, int length) => [.. cuts.Select(cut => (int)((long)cut * length / Thousand))];

    /// <summary>Without the one half, the other, and each one.</summary>
    internal static IEnumerable<T[]> Fewer<T>(T[] items)
    {
        if (items.Length > 1)
        {
            yield return items[..(items.Length / 2)];
            yield return items[(items.Length / 2)..];
        }

        for (int i = 0; i < items.Length; i++)
        {
            yield return [.. items[..i], .. items[(i + 1)..]];
        }
    }

    internal static IEnumerable<string> Shorter(string text, int least) =>
        Fewer(text.ToCharArray()).Where(less => less.Length >= least).Select(less => new string(less));

    internal static T[] With<T>(T[] items, int index, T item) => [.. items[..index], item, .. items[(index + 1)..]];
}
