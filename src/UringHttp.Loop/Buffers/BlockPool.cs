namespace UringHttp;

/// <summary>
/// The blocks of one size that belong to one loop. Last returned is first rented: the block whose lines are still in the cache.
/// Loop thread only.
/// </summary>
internal sealed class BlockPool
{
    private readonly int _slabBlocks;
    private readonly long _limitBytes;
    private readonly PinnedSource _source;
    private readonly List<PinnedSlab> _slabs = [];
    private readonly Stack<Block> _free = new();
    private bool _kept;

    /// <summary>The most blocks that were rented at once since the last trim.</summary>
    private int _peak;

    /// <param name="blockSize">Bytes in a block.</param>
    /// <param name="slabSize">Bytes that are taken at once.</param>
    /// <param name="limitBytes">The most that all slabs of this pool may take, in bytes.</param>
    /// <param name="source">Where they come from.</param>
    internal BlockPool(int blockSize, int slabSize, long limitBytes, PinnedSource source)
    {
        _source = source;
        BlockSize = blockSize;
        _slabBlocks = Math.Max(slabSize / blockSize, 1);
        _limitBytes = limitBytes;
    }

    /// <summary>Bytes in a block.</summary>
    internal int BlockSize { get; }

    /// <summary>Blocks that are with somebody now.</summary>
    internal int Rented { get; private set; }

    /// <summary>Bytes in all slabs.</summary>
    internal long TotalBytes => (long)_slabs.Count * _slabBlocks * BlockSize;

    /// <summary>True when there may be a slab to give back: more than one, and as many free blocks as one has.</summary>
    internal bool HasSurplus => _slabs.Count > 1 && _free.Count >= _slabBlocks && !_kept;

    /// <summary>Rents a block, growing by a slab when none is free.</summary>
    /// <exception cref="UringException">ENOBUFS: the limit is reached.</exception>
    internal Block Rent()
    {
        if (!_free.TryPop(out Block? block))
        {
            Grow();
            block = _free.Pop();
        }

        block.OnRented();
        Rented++;
        _peak = Math.Max(_peak, Rented);
        return block;
    }

    /// <summary>
    /// Gives back slabs that were not needed since the last trim: what a burst has taken is not held for ever. One slab stays, and each
    /// one that has a block with somebody.
    /// </summary>
    internal void Trim()
    {
        int surplus = _slabs.Count - Math.Max(1, (_peak + _slabBlocks - 1) / _slabBlocks);
        _peak = Rented;
        if (surplus <= 0 || _kept)
        {
            return;
        }

        // The newest: what stays lies together, and the collector can give whole regions back.
        List<PinnedSlab> given = [.. _slabs.Where(slab => slab.IsFree).TakeLast(surplus)];
        HashSet<Block> gone = [.. given.SelectMany(slab => slab.Blocks)];
        Block[] staying = [.. _free.Where(block => !gone.Contains(block)).Reverse()]; // a stack is listed from its top
        _free.Clear();
        _free.TrimExcess();
        Array.ForEach(staying, _free.Push);
        _slabs.RemoveAll(given.Contains);
    }

    /// <summary>The other half of <see cref="Block.Return"/>.</summary>
    internal void Take(Block block)
    {
        Rented--;
        if (!_kept)
        {
            block.FillWithPoison();
            _free.Push(block);
        }
    }

    /// <summary>
    /// The kernel may have any of the blocks that are rented, and would not let go: they stay for ever, and none of them is rented again.
    /// </summary>
    internal void Keep()
    {
        _kept = true;
        Quarantine.Keep(_slabs);
    }

    private void Grow()
    {
        if (TotalBytes + ((long)_slabBlocks * BlockSize) > _limitBytes)
        {
            throw new UringException(
                Errno.ENOBUFS,
                $"rent a block of {BlockSize} bytes ({Rented} are rented; UringLoopOptions.MaxBlockMemory is {_limitBytes} bytes)");
        }

        var slab = new PinnedSlab(this, _source, BlockSize, _slabBlocks);
        _slabs.Add(slab);
        for (int i = slab.Blocks.Length - 1; i >= 0; i--)
        {
            _free.Push(slab.Blocks[i]);
        }
    }
}
