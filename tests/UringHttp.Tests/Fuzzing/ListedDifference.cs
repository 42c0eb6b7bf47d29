using System.Text.RegularExpressions;

namespace UringHttp.Tests.Fuzzing;

/// <summary>A way in which a parser of ours differs from another on purpose, with an input that shows it.</summary>
/// <param name="Here">The kind of our verdict, or that both take it and make something else of it.</param>
/// <param name="There">The kind of the other's.</param>
/// <param name="Reason">Why.</param>
/// <param name="Example">The input.</param>
/// <param name="Where">What inputs that may differ so must match; all of them by default.</param>
internal sealed record ListedDifference(string Here, string There, string Reason, string Example, string Where = "")
{
    /// <summary>The difference between two verdicts on one input; null where there is none.</summary>
    internal static (string Here, string There)? Between(Verdict here, Verdict there) => (here, there) switch
    {
        ({ IsRefused: true }, { IsRefused: true }) => null,
        ({ Kind: Verdict.Taken }, { Kind: Verdict.Taken }) => here.Meaning == there.Meaning ? null : (Verdict.Otherwise, Verdict.Taken),
        ({ IsRefused: true }, { Kind: Verdict.Waits }) => (Verdict.Refused, Verdict.Waits), // by whatever rule: it is early
        _ => here.Kind == there.Kind ? null : (here.Kind, there.Kind),
    };

    /// <summary>Throws where the verdicts on an input differ in a way that is not listed.</summary>
    internal static void Judge(byte[] input, Verdict here, Verdict there, ListedDifference[] listed)
    {
        if (Between(here, there) is { } difference && !listed.Any(one => (one.Here, one.There) == difference && one.IsOf(input)))
        {
            throw new InvalidOperationException($"a difference that is not listed\nhere  {here}\nthere {there}");
        }
    }

    public override string ToString() => $"{Here} here, {There} there: {Reason}";

    private bool IsOf(byte[] input) => Where.Length == 0 || Regex.IsMatch(Http1.Wire.Text(input), Where, RegexOptions.IgnoreCase);
}
