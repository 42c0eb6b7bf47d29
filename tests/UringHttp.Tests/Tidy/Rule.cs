using NUnit.Framework;

namespace UringHttp.Tests.Tidy;

internal static class Rule
{
    /// <summary>Fails with all that broke the rule, a line each.</summary>
    public static void IsKept(string rule, IEnumerable<string> broken)
    {
        var lines = string.Join('\n', broken);
        if (lines.Length > 0)
        {
            Assert.Fail($"{rule}:\n{lines}");
        }
    }
}
