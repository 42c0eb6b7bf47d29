using System.Globalization;
using NUnit.Framework;

namespace UringHttp.Tests.Fuzzing;

/// <summary>
/// Draws inputs and asks of each whether a property holds. The fuzzing tests together draw <see cref="Inputs"/>: 200,000, or what the
/// environment variable URINGHTTP_FUZZ_INPUTS says. URINGHTTP_FUZZ_SEED replays a run from the seed that it printed.
/// </summary>
internal static class FuzzRun
{
    private const int InputsByDefault = 200_000;
    private const int FixedSeed = 20_26_11;

    internal static long Inputs { get; } = Read("URINGHTTP_FUZZ_INPUTS", InputsByDefault);

    private static int Seed { get; } = (int)Read("URINGHTTP_FUZZ_SEED", Environment.TickCount);

    /// <summary>
    /// Runs a share of all inputs. The first for which the property throws ends the test, with all that is needed to see it again.
    /// </summary>
    /// <param name="percent">The share.</param>
    /// <param name="draw">Makes an input.</param>
    /// <param name="hold">Throws when the property does not hold.</param>
    /// <param name="isFixed">
    /// Whether the same inputs are drawn each time, unless their number is given: for properties that a rare input may break without a bug.
    /// </param>
    internal static void Run(int percent, Func<Random, byte[]> draw, Action<byte[], Random> hold, bool isFixed = false)
    {
        var count = Inputs * percent / 100;
        var seed = isFixed && Inputs == InputsByDefault ? FixedSeed : Seed;
        TestContext.Out.WriteLine($"seed {seed}, {count} inputs");
        for (long round = 0; round < count; round++)
        {
            var random = new Random(HashCode32(seed, round));
            var input = draw(random);
            try
            {
                hold(input, random);
            }
            catch (Exception e)
            {
                throw new AssertionException(
                    $"seed {seed}, input {round} of {input.Length} bytes: {Convert.ToHexString(input)}\n{Http1.Wire.Text(input)}\n{e}", e);
            }
        }
    }

    /// <summary>NUnit's assertions are slow, and keep what was asserted.</summary>
    internal static void Demand(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException(what);
        }
    }

    internal static void Same<T>(T actual, T expected, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(actual, expected))
        {
            throw new InvalidOperationException($"{what}: {actual}\ninstead of {expected}");
        }
    }

    /// <summary>The same in every process, unlike <see cref="HashCode"/>.</summary>
    private static int HashCode32(int seed, long round) =>
        (int)((((ulong)round * 0x9E3779B97F4A7C15UL) ^ (uint)seed) * 0xBF58476D1CE4E5B9UL >> 32);

    private static long Read(string variable, long otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
