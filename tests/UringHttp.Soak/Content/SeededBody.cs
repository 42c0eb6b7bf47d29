namespace UringHttp.Soak;

/// <summary>
/// What a body of a seed and a length consists of: a fixed run of pseudo-random bytes, repeated, from a place that the seed gives. Both
/// sides can tell its checksum without having it.
/// </summary>
internal readonly record struct SeededBody(int Seed, long Length)
{
    // A prime: no block size divides it, so a block in the wrong place shows.
    private const int Period = 131_071;

    private static readonly byte[] s_period = MakePeriod();

    public Checksum Checksum
    {
        get
        {
            var sum = new Checksum();
            for (long at = 0; at < Length;)
            {
                ReadOnlySpan<byte> run = RunAt(at).Span;
                sum.Add(run);
                at += run.Length;
            }

            return sum;
        }
    }

    /// <summary>Some of its bytes from an offset on: not none, before its end.</summary>
    public ReadOnlyMemory<byte> RunAt(long offset)
    {
        int position = (int)(((uint)Seed + offset) % Period);
        return s_period.AsMemory(position, (int)Math.Min(Period - position, Length - offset));
    }

    public byte[] ToArray()
    {
        byte[] bytes = new byte[Length];
        for (int at = 0; at < bytes.Length;)
        {
            ReadOnlySpan<byte> run = RunAt(at).Span;
            run.CopyTo(bytes.AsSpan(at));
            at += run.Length;
        }

        return bytes;
    }

    /// <summary>The same bytes in every process.</summary>
    private static byte[] MakePeriod()
    {
        byte[] bytes = new byte[Period];
        new Random(2_026_11).NextBytes(bytes);
        return bytes;
    }
}
