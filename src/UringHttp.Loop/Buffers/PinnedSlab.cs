using System.Runtime.InteropServices;

namespace UringHttp;

/// <summary>
/// One allocation on the pinned object heap, cut into equal blocks. The garbage collector never moves it, and frees it only when
/// nobody can reach any of its blocks any more: so a stray reader after the loop's end reads old bytes, never freed memory.
/// </summary>
internal sealed class PinnedSlab
{
    private readonly byte[] _bytes;

    internal PinnedSlab(BlockPool pool, PinnedSource source, int blockSize, int blockCount)
    {
        _bytes = source.Take<byte>(checked(blockSize * blockCount));
        Blocks = new Block[blockCount];
        for (int i = 0; i < blockCount; i++)
        {
            Blocks[i] = new Block(pool, MemoryMarshal.CreateFromPinnedArray(_bytes, i * blockSize, blockSize));
        }
    }

    internal Block[] Blocks { get; }

    /// <summary>True while nobody has any of its blocks.</summary>
    internal bool IsFree => !Array.Exists(Blocks, block => block.IsRented);
}
