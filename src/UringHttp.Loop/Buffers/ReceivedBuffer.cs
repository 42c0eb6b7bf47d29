namespace UringHttp;

/// <summary>
/// Bytes received and not yet consumed, in one rented block: [start, end) is data, [end, length) is room. Starts with an ordinary
/// block, goes on with a large one when what is in the first has been consumed, and with ones of its own making beyond that.
/// </summary>
/// <remarks>Belongs to whoever receives. Members that rent or return (all but the reading ones) are for the loop thread.</remarks>
internal sealed class ReceivedBuffer(BlockPool ordinary, BlockPool large)
{
    /// <summary>What is less than this is moved to a better block; more is consumed first.</summary>
    private const int Little = 1024;

    private Block? _block;

    /// <summary>The block that was, or the large one that will be, beside the present one.</summary>
    private Block? _other;
    private int _start;
    private int _end;
    private long _received;

    internal bool IsEmpty => _start == _end;

    internal int Count => _end - _start;

    /// <summary>How many bytes were received into it ever since.</summary>
    internal long TotalReceived => _received;

    /// <summary>How many of them are not in it any more.</summary>
    internal long TotalConsumed => _received - Count;

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

    /// <summary>
    /// Room to receive into, without renting: after <see cref="Enlarge"/> never empty. Any thread that owns the buffer.
    /// </summary>
    internal Memory<byte> GetRoomHere()
    {
        if (_block is null)
        {
            return default;
        }

        if (_other?.Length > _block.Length && (Count < Little || Count == _block.Length))
        {
            MoveTo(_other);
        }
        else if (_end == _block.Length)
        {
            Compact();
        }

        return _block.Memory[_end..];
    }

    /// <summary>Counts bytes that the kernel has put into the room.</summary>
    internal void Commit(int count)
    {
        _end += count;
        _received += count;
    }

    /// <summary>Drops bytes from the front of the data.</summary>
    internal void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
        }
    }

    /// <summary>Gets a large block for what is to come, since much is to come.</summary>
    internal void Enlarge()
    {
        if (_block is null)
        {
            _block = large.Rent();
        }
        else if (_block.Length < large.BlockSize)
        {
            _other ??= large.Rent();
        }
    }

    /// <summary>Gives the blocks back, with whatever is in them. Nothing may be in flight on them.</summary>
    internal void Release()
    {
        _block?.Return();
        _other?.Return();
        _block = _other = null;
        _start = _end = 0;
    }

    /// <summary>Moves the data to the front.</summary>
    private void Compact()
    {
        Data.CopyTo(_block!.Span);
        _end -= _start;
        _start = 0;
    }

    private void MakeRoom(Block block)
    {
        if (_start > 0)
        {
            Compact();
        }
        else if (_other?.Length > block.Length)
        {
            MoveTo(_other);
        }
        else
        {
            Block larger = block.Length < large.BlockSize ? large.Rent() : Block.CreateUnpooled(block.Length * 2);
            _other?.Return();
            _other = larger;
            MoveTo(larger);
        }
    }

    /// <summary>Goes on in the other block.</summary>
    private void MoveTo(Block other)
    {
        Data.CopyTo(other.Span);
        _end -= _start;
        _start = 0;
        _other = _block;
        _block = other;
    }
}
