namespace UringHttp.Simulation;

/// <summary>Numbers that depend on the seed and on nothing else (SplitMix64).</summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A seed made of two: for something numbered that must not depend on what else there is.</summary>
    public static ulong Mix(ulong seed, ulong number) => Scramble(seed ^ Scramble(number + 0x9E3779B97F4A7C15));

    public ulong Next() => Scramble(_state += 0x9E3779B97F4A7C15);

    /// <summary>0 to <paramref name="limit"/> - 1.</summary>
    public int Below(int limit) => (int)(Next() >> 33) % limit;

    /// <summary>Both ends included.</summary>
    public int Between(int least, int most) => least + Below(most - least + 1);

    /// <summary>True so often in a thousand.</summary>
    public bool Chance(int perMille) => Below(1000) < perMille;

    public T Pick<T>(params ReadOnlySpan<T> values) => values[Below(values.Length)];

    /// <summary>Each order of magnitude between the two is as likely as any other.</summary>
    public long Spread(long least, long most) => (long)(least * Math.Pow((double)most / least, Below(1 << 20) / (double)(1 << 20)));

    private static ulong Scramble(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
