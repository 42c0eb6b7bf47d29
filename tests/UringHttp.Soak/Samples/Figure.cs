using System.Globalization;

namespace UringHttp.Soak;

/// <summary>A figure of the samples, and what is right of it: see <see cref="FlatRule"/> and <see cref="ShareRule"/>.</summary>
/// <param name="Name">What it is called in the report.</param>
/// <param name="Unit">What it is told in.</param>
/// <param name="Slack">How much it may rise beside a tenth, in the unit: what one more burst of requests can take.</param>
/// <param name="Read">Reads it, in the unit.</param>
/// <param name="MostEach">How many of it a descriptor has at most; infinite where it does not belong to one.</param>
internal sealed record Figure(
    string Name, string Unit, double Slack, Func<Sample, double> Read, double MostEach = double.PositiveInfinity)
{
    private const double MebiBytes = 1024 * 1024;

    public static IReadOnlyList<Figure> All { get; } =
    [
        new("Resident memory", "MiB", 24, sample => sample.ResidentBytes / MebiBytes),
        new("Managed heap after the last collection", "MiB", 16, sample => sample.HeapBytes / MebiBytes),
        new("Slabs of the loops", "MiB", 8, sample => sample.SlabBytes / MebiBytes),
        new("File descriptors", "", 16, sample => sample.Descriptors),
        new("Threads", "", 6, sample => sample.Threads),
        new("Blocks that are lent", "", 16, sample => sample.Blocks, MostEach: 3), // two to receive, one to send
        new("Operations in flight", "", 16, sample => sample.Operations, MostEach: 3), // receive or poll, send, close
        new("Timers", "", 32, sample => sample.Timers, MostEach: 1),
    ];

    /// <summary>A value of it with its unit.</summary>
    public string Describe(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:#,0.#} {Unit}").TrimEnd();
}
