namespace UringHttp;

/// <summary>
/// Bytes to be sent together: small writes are gathered here, since a send costs by the call and not by the byte. Loop thread, but
/// for whoever owns it while it fills a block that it has.
/// </summary>
internal sealed class SendBuffer(BlockPool ordinary, BlockPool large)
{
    private Block? _block;
    private int _end;

    /// <summary>Bytes written and not sent.</summary>
    internal int Count => _end;

    /// <summary>What is to be sent. The kernel's from the send's start to its end.</summary>
    internal ReadOnlyMemory<byte> Written => _block is null ? default : _block.Memory[.._end];

    /// <summary>Where to write next; may be empty.</summary>
    internal Span<byte> Room => _block is null ? default : _block.Span[_end..];

    /// <summary>Rents a block to begin with.</summary>
    internal void Open() => _block ??= ordinary.Rent();

    /// <summary>Counts bytes written into the room.</summary>
    internal void Commit(int count) => _end += count;

    /// <summary>Forgets what was sent; the block stays.</summary>
    internal void Clear() => _end = 0;

    /// <summary>Goes on in a larger block.</summary>
    internal void Grow()
    {
        Block larger = _block!.Length < large.BlockSize ? large.Rent() : Block.CreateUnpooled(_block.Length * 2);
        _block.Span[.._end].CopyTo(larger.Span);
        _block.Return();
        _block = larger;
    }

    /// <summary>Gives the block back. Nothing may be in flight on it.</summary>
    internal void Release()
    {
        _block?.Return();
        _block = null;
        _end = 0;
    }
}
