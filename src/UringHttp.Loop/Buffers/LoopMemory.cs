namespace UringHttp;

/// <summary>The pinned memory of a loop: blocks of two sizes. Loop thread only.</summary>
internal sealed class LoopMemory
{
    /// <summary>How long memory that a burst has taken is held at least, and twice as long at most, in nanoseconds.</summary>
    internal const long TrimInterval = 2_000_000_000;

    private long _lastTrim;

    /// <param name="options">How large a slab is, where it comes from, and how many there may be.</param>
    /// <param name="now">The loop's clock.</param>
    internal LoopMemory(UringLoopOptions options, long now)
    {
        Ordinary = PoolOf(LoopCore.BlockSize);
        Large = PoolOf(LoopCore.LargeBlockSize);
        _lastTrim = now;

        BlockPool PoolOf(int blockSize) => new(blockSize, options.SlabSize, options.MaxBlockMemory, options.PinnedSource);
    }

    internal BlockPool Ordinary { get; }

    internal BlockPool Large { get; }

    /// <summary>Blocks that are with somebody now.</summary>
    internal int Rented => Ordinary.Rented + Large.Rented;

    /// <summary>Bytes in all slabs.</summary>
    internal long TotalBytes => Ordinary.TotalBytes + Large.TotalBytes;

    /// <summary>When a turn is wanted that gives something back, on the loop's clock: a loop that sleeps is woken for it.</summary>
    internal long NextTrim => Ordinary.HasSurplus || Large.HasSurplus ? _lastTrim + TrimInterval : LoopTimer.Never;

    /// <summary>A turn: now and then gives back what was not needed for a while.</summary>
    internal void OnTurn(long now)
    {
        if (now - _lastTrim >= TrimInterval)
        {
            _lastTrim = now;
            Ordinary.Trim();
            Large.Trim();
        }
    }

    /// <summary>The kernel may have any of the blocks that are rented, and would not let go.</summary>
    internal void Keep()
    {
        Ordinary.Keep();
        Large.Keep();
    }
}
