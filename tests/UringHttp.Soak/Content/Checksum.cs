using System.Buffers.Binary;
using System.Numerics;

namespace UringHttp.Soak;

/// <summary>
/// A 64-bit sum over bytes that come in pieces of any lengths. Each word goes through a rotation and a multiplication, so a byte that is
/// wrong, lost, doubled or in another's place shows; not made against anybody who wants to deceive it. Several gigabytes a second.
/// </summary>
internal struct Checksum
{
    private const ulong Start = 0xCBF29CE484222325;
    private const ulong Factor = 0x9E3779B97F4A7C15; // odd: nothing is lost in the multiplication
    private const int WordBytes = sizeof(ulong);

    // Start is added when it is told, so that the default value is a sum over nothing.
    private ulong _sum;
    private ulong _part;

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>The sum over the bytes so far; more may follow.</summary>
    public readonly ulong Value
    {
        get
        {
            ulong sum = Mix(Mix(_sum, _part), (ulong)Length ^ Start);
            return sum ^ (sum >> 32);
        }
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        int begun = (int)(Length % WordBytes);
        Length += bytes.Length;
        for (; begun > 0 && !bytes.IsEmpty; bytes = bytes[1..])
        {
            _part |= (ulong)bytes[0] << (8 * begun);
            begun = (begun + 1) % WordBytes;
            if (begun == 0)
            {
                EndWord();
            }
        }

        ulong sum = _sum;
        for (; bytes.Length >= WordBytes; bytes = bytes[WordBytes..])
        {
            sum = Mix(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        _sum = sum;
        for (int i = 0; i < bytes.Length; i++)
        {
            _part |= (ulong)bytes[i] << (8 * i);
        }
    }

    /// <summary>The sum and the length, as they stand in a field.</summary>
    public override readonly string ToString() => $"{Value:x16}-{Length}";

    private static ulong Mix(ulong sum, ulong word) => BitOperations.RotateLeft(sum ^ word, 29) * Factor;

    private void EndWord()
    {
        _sum = Mix(_sum, _part);
        _part = 0;
    }
}
