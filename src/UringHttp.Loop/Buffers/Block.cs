using System.Diagnostics;
using System.Runtime.InteropServices;

namespace UringHttp;

/// <summary>An equal part of a slab: pinned memory that is rented, lent to the kernel, and given back once.</summary>
internal sealed class Block
{
    /// <summary>What a returned block is filled with in Debug, so that a late reader is seen.</summary>
    private const byte Poison = 0xDB;

    private readonly BlockPool? _pool;
    private bool _rented;

    internal Block(BlockPool? pool, Memory<byte> memory)
    {
        _pool = pool;
        Memory = memory;
    }

    /// <summary>All of the block. Pinned for good: pinning it again costs nothing.</summary>
    internal Memory<byte> Memory { get; }

    /// <summary>True while somebody has it.</summary>
    internal bool IsRented => _rented;

    internal Span<byte> Span => Memory.Span;

    internal int Length => Memory.Length;

    /// <summary>A block of any size that no pool has: for the rare message beyond the largest pooled one. Rented already.</summary>
    internal static Block CreateUnpooled(int length)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        return new Block(null, MemoryMarshal.CreateFromPinnedArray(bytes, 0, length)) { _rented = true };
    }

    internal void OnRented()
    {
        Debug.Assert(!_rented, "a free block is rented only once");
        _rented = true;
    }

    /// <summary>Gives the block back. Loop thread only; nothing may be in flight on it.</summary>
    internal void Return()
    {
        if (!_rented)
        {
            throw new InvalidOperationException("A block was returned twice.");
        }

        _rented = false;
        if (_pool is null)
        {
            FillWithPoison();
        }
        else
        {
            _pool.Take(this);
        }
    }

    [Conditional("DEBUG")]
    internal void FillWithPoison() => Span.Fill(Poison);
}
