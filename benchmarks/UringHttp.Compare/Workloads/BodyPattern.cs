namespace UringHttp.Compare;

/// <summary>
/// What a body of a given length consists of: a fixed run of pseudo-random bytes, repeated. Both sides compute it, so a body is compared
/// byte by byte without a copy of it in the client, where it would count as memory of the arm.
/// </summary>
internal sealed class BodyPattern(int length)
{
    // A prime: no block size divides it, so a block in the wrong place shows.
    private const int Period = 65_521;

    private static readonly byte[] s_period = MakePeriod();

    // Bodies of different lengths begin at different places, so that one is not the beginning of another.
    private readonly int _phase = length % Period;

    public int Length { get; } = length;

    /// <summary>True when the bytes are those of this body at the offset.</summary>
    public bool Matches(ReadOnlySpan<byte> bytes, long offset)
    {
        int position = PositionOf(offset);
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, Period - position);
            if (!bytes[..count].SequenceEqual(s_period.AsSpan(position, count)))
            {
                return false;
            }

            bytes = bytes[count..];
            position = 0;
        }

        return true;
    }

    public void WriteTo(Stream destination)
    {
        int position = PositionOf(0);
        for (int left = Length; left > 0;)
        {
            int count = Math.Min(left, Period - position);
            destination.Write(s_period, position, count);
            left -= count;
            position = 0;
        }
    }

    public byte[] ToArray()
    {
        using var bytes = new MemoryStream(Length);
        WriteTo(bytes);
        return bytes.GetBuffer();
    }

    private int PositionOf(long offset) => (int)((_phase + offset) % Period);

    /// <summary>xorshift64: the same bytes in every process and version of .NET.</summary>
    private static byte[] MakePeriod()
    {
        byte[] bytes = new byte[Period];
        ulong state = 0x9E3779B97F4A7C15;
        for (int i = 0; i < bytes.Length; i++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes[i] = (byte)(state >> 32);
        }

        return bytes;
    }
}
