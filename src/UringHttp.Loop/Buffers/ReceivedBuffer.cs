namespace UringHttp;

/// <summary>
/// Bytes received and not yet consumed, in one rented block: [start, end) is data, [end, length) is room. Starts with an ordinary
/// block, goes on with a large one, and with ones of its own making beyond that.
/// </summary>
/// <remarks>Belongs to whoever receives. Members that rent or return (all but the reading ones) are for the loop thread.</remarks>
internal sealed class ReceivedBuffer(BlockPool ordinary, BlockPool large)
{
    private Block? _block;
    private int _start;
    private int _end;

    internal bool IsEmpty => _start == _end;

    internal int Count => _end - _start;

    /// <summary>What has been received and not consumed.</summary>
    internal ReadOnlySpan<byte> Data => _block is null ? default : _block.Span[_start.._end];

    /// <summary>The same bytes for a caller that must keep them across an await; valid until consumed.</summary>
    internal ReadOnlyMemory<byte> DataMemory => _block is null ? default : _block.Memory[_start.._end];

    /// <summary>Room to receive into, never empty.</summary>
    internal Memory<byte> GetRoom()
    {
        if (_block is null)
        {
            _block = ordinary.Rent();
        }
        else if (_end == _block.Length)
        {
            MakeRoom(_block);
        }

        return _block.Memory[_end..];
    }

    /// <summary>What room there is, without renting; may be empty. Any thread that owns the buffer.</summary>
    internal Memory<byte> RemainingRoom => _block is null ? default : _block.Memory[_end..];

    /// <summary>Counts bytes that the kernel has put into the room.</summary>
    internal void Commit(int count) => _end += count;

    /// <summary>Drops bytes from the front of the data.</summary>
    internal void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
        }
    }

    /// <summary>Moves the data to the front. Any thread that owns the buffer.</summary>
    internal void Compact()
    {
        Data.CopyTo(_block!.Span);
        _end -= _start;
        _start = 0;
    }

    /// <summary>Takes a large block for what is to come, since much is to come.</summary>
    internal void Enlarge()
    {
        if (_block is null || _block.Length < large.BlockSize)
        {
            MoveTo(large.Rent());
        }
    }

    /// <summary>Gives the block back, with whatever is in it. Nothing may be in flight on it.</summary>
    internal void Release()
    {
        _block?.Return();
        _block = null;
        _start = _end = 0;
    }

    private void MakeRoom(Block block)
    {
        if (_start > 0)
        {
            Compact();
        }
        else
        {
            MoveTo(block.Length < large.BlockSize ? large.Rent() : Block.CreateUnpooled(block.Length * 2));
        }
    }

    private void MoveTo(Block larger)
    {
        Data.CopyTo(larger.Span);
        _end -= _start;
        _start = 0;
        _block?.Return();
        _block = larger;
    }
}
