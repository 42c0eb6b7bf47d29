using System.Runtime.InteropServices;

namespace UringHttp.Simulation;

/// <summary>
/// Memory that is the kernel's from a submission to its terminal completion. What is to be sent must not change meanwhile; what is to be
/// received into is filled with rubbish at once, as a kernel may, and must not change either.
/// </summary>
internal sealed class LentMemory
{
    /// <summary>How much of either end is watched: all of most heads, and too little of a long body to take much time.</summary>
    private const int Watched = 512;

    private readonly nint _address;
    private readonly OperationKind _kind;
    private ulong _hash;

    public LentMemory(in Submission submission)
    {
        _address = (nint)submission.Address;
        _kind = submission.Kind;
        Length = _kind is OperationKind.Send or OperationKind.Receive or OperationKind.Connect ? (int)submission.Length : 0;
        if (IsWritten)
        {
            Fill(Head, (byte)submission.Token);
            Fill(Tail, (byte)~submission.Token);
        }

        _hash = Hash();
    }

    public int Length { get; }

    /// <summary>Whether the kernel writes it.</summary>
    public bool IsWritten => _kind == OperationKind.Receive;

    /// <summary>Whether somebody has changed it who must not.</summary>
    public bool IsTouched => Length > 0 && Hash() != _hash;

    // Sound: the loop keeps it pinned and allocated while it is lent, which is the contract that is tested here.
    private unsafe Span<byte> All => new((void*)_address, Length);

    private Span<byte> Head => All[..Math.Min(Length, Watched)];

    private Span<byte> Tail => All[Math.Max(0, Length - Watched)..];

    public bool Overlaps(LentMemory other) =>
        Length > 0 && other.Length > 0 && _address < other._address + other.Length && other._address < _address + Length;

    public ReadOnlySpan<byte> Read(int start, int count) => All.Slice(start, count);

    /// <summary>The kernel writes what was received.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(All);
        _hash = Hash();
    }

    private static void Fill(Span<byte> bytes, byte value) => bytes[..Math.Min(bytes.Length, 64)].Fill(value);

    private ulong Hash() => Length == 0 ? 0 : Hash(Head) ^ (Length > Watched ? 31 * Hash(Tail) : 0);

    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        ulong hash = (ulong)bytes.Length;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
        {
            hash = (hash ^ word) * 0x9E3779B97F4A7C15;
        }

        foreach (byte left in bytes[(words.Length * sizeof(ulong))..])
        {
            hash = (hash ^ left) * 0x100000001B3;
        }

        return hash;
    }
}
