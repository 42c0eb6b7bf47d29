using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>
/// Where a request's content writes its bytes: frames them, gathers small ones behind the head, and sends. One writer at a time, on
/// any thread; from the first write to the end the send buffer is the writer's.
/// </summary>
internal sealed class RequestBodyStream : Stream
{
    /// <summary>From this size on, bytes of known length are sent from the caller's memory: copying costs more than another send.</summary>
    private const int SendDirectly = 8 * 1024;

    private readonly Transport _transport;
    private readonly SendBuffer _buffer;
    private readonly bool _chunked;
    private long _missing;
    private CancellationTokenSource? _abort;
    private volatile bool _aborted;
    private volatile bool _over;

    /// <param name="transport">Where to send.</param>
    /// <param name="buffer">Holds the head; sent with the first bytes.</param>
    /// <param name="length">The length of the body in bytes; null: chunked.</param>
    internal RequestBodyStream(Transport transport, SendBuffer buffer, long? length)
    {
        _transport = transport;
        _buffer = buffer;
        _chunked = length is null;
        _missing = length ?? 0;
    }

    /// <summary>True when nobody wants the rest any more: that it fails now is no failure of the content's.</summary>
    internal bool IsAborted => _aborted;

    /// <summary>The failure of a send, to be told from failures of the content: the response may explain it.</summary>
    internal Exception? SendFailure { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    // Not a pooled builder: users hold what it returns, and may use it in ways that would put a running one back into the pool.
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ThrowIfOver();
        cancellationToken.ThrowIfCancellationRequested();
        if (buffer.IsEmpty)
        {
            return;
        }

        if (_chunked)
        {
            await WriteChunksAsync(buffer).ConfigureAwait(false);
            return;
        }

        if (buffer.Length > _missing)
        {
            throw HttpErrors.ContentTooLong(buffer.Length - _missing);
        }

        _missing -= buffer.Length;
        await WriteBytesAsync(buffer).ConfigureAwait(false);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Blocks the calling thread, which must not be the loop's.</summary>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        ThrowOnLoop();
        WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
    }

    public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        ThrowIfOver();
        return SendBufferedAsync().AsTask();
    }

    public override void Flush()
    {
        ThrowIfOver();
        ThrowOnLoop();
        SendBufferedAsync().AsTask().GetAwaiter().GetResult();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Ends the body: the last chunk, and whatever is still in the buffer.</summary>
    /// <exception cref="HttpRequestException">The content wrote fewer bytes than it said.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask FinishAsync()
    {
        End();
        if (_missing > 0)
        {
            throw HttpErrors.ContentTooShort(_missing);
        }

        if (_chunked)
        {
            await ReserveAsync(ChunkedEncoder.End.Length).ConfigureAwait(false);
            Append(ChunkedEncoder.End);
        }

        await SendBufferedAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// The content has said all it has to say. A content that keeps the stream and writes later would write into another request.
    /// </summary>
    internal void End() => _over = true;

    /// <summary>Nobody wants the rest: the response is there. Writes fail from now on. Loop thread.</summary>
    internal void Abort()
    {
        _aborted = true;
        Interlocked.MemoryBarrier();
        _abort?.Cancel();
    }

    private static int GetChunkOverhead(int room) => ChunkedEncoder.ChunkStartBytes(room) + ChunkedEncoder.ChunkEnd.Length;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteBytesAsync(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length >= SendDirectly)
        {
            await SendBufferedAsync().ConfigureAwait(false);
            await SendAsync(bytes).ConfigureAwait(false);
            return;
        }

        await ReserveAsync(bytes.Length).ConfigureAwait(false);
        Append(bytes.Span);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteChunksAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            // A chunk as large as the room, but not a sliver at its end.
            await ReserveAsync(Math.Min(bytes.Length, 1024) + ChunkedEncoder.MaxChunkStartBytes + ChunkedEncoder.ChunkEnd.Length)
                .ConfigureAwait(false);
            int room = _buffer.Room.Length;
            int count = Math.Min(bytes.Length, room - GetChunkOverhead(room));
            ChunkedEncoder.TryWriteChunkStart(_buffer.Room, count, out int written);
            _buffer.Commit(written);
            Append(bytes.Span[..count]);
            Append(ChunkedEncoder.ChunkEnd);
            bytes = bytes[count..];
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReserveAsync(int count)
    {
        if (_buffer.Room.Length < count)
        {
            await SendBufferedAsync().ConfigureAwait(false);
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.Room);
        _buffer.Commit(bytes.Length);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendBufferedAsync()
    {
        if (_buffer.Count > 0)
        {
            await SendAsync(_buffer.Written).ConfigureAwait(false);
            _buffer.Clear();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        // Written before the flag is read, where Abort writes the flag before it reads this: one of the two sees the other.
        _abort ??= new CancellationTokenSource();
        Interlocked.MemoryBarrier();
        if (_aborted)
        {
            throw new IOException("The response came before the whole request was sent, so the rest is not sent.");
        }

        try
        {
            await _transport.SendAsync(bytes, _abort.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            SendFailure = e;
            throw;
        }
    }

    private void ThrowIfOver() => ObjectDisposedException.ThrowIf(_over, this);

    private void ThrowOnLoop()
    {
        if (_transport.Loop.IsLoopThread)
        {
            throw new InvalidOperationException(
                "The content writes synchronously on the loop's thread, which would wait for itself. Use WriteAsync, or send the " +
                "request from another thread.");
        }
    }
}
