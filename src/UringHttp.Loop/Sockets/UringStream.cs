namespace UringHttp;

/// <summary>A connected socket as a <see cref="Stream"/>.</summary>
/// <remarks>
/// One read and one write may be in flight at a time, from any threads. The synchronous members wait for the asynchronous ones, so
/// they work on any thread but the loop's, where waiting would keep the loop from the very thing that is waited for; there they
/// throw <see cref="InvalidOperationException"/>.
/// </remarks>
public sealed class UringStream : Stream
{
    private readonly bool _ownsSocket;

    /// <summary>Wraps a socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="ownsSocket">Whether disposing the stream closes the socket. Default true.</param>
    public UringStream(UringSocket socket, bool ownsSocket = true)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Socket = socket;
        _ownsSocket = ownsSocket;
    }

    /// <summary>The socket underneath.</summary>
    public UringSocket Socket { get; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanTimeout => true;

    /// <summary>How long a read may wait, in milliseconds: <see cref="UringSocket.ReceiveTimeout"/>. Default infinite (-1).</summary>
    public override int ReadTimeout
    {
        get => ToMilliseconds(Socket.ReceiveTimeout);
        set => Socket.ReceiveTimeout = TimeSpan.FromMilliseconds(value);
    }

    /// <summary>How long a write may take, in milliseconds: <see cref="UringSocket.SendTimeout"/>. Default infinite (-1).</summary>
    public override int WriteTimeout
    {
        get => ToMilliseconds(Socket.SendTimeout);
        set => Socket.SendTimeout = TimeSpan.FromMilliseconds(value);
    }

    /// <summary>Not supported: a connection has no length.</summary>
    public override long Length => throw new NotSupportedException("A connection has no length.");

    /// <summary>Not supported: a connection has no position.</summary>
    public override long Position
    {
        get => throw new NotSupportedException("A connection has no position.");
        set => throw new NotSupportedException("A connection has no position.");
    }

    /// <summary>
    /// Reads what is there, waiting for the first byte. With an empty buffer: waits until there is likely something to read.
    /// </summary>
    /// <remarks>An empty buffer is how <see cref="System.Net.Security.SslStream"/> asks, before each record.</remarks>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        buffer.IsEmpty && Socket.HasMore(cancellationToken) ? default : Socket.ReceiveAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        Socket.SendAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Socket.SendAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Reads, blocking the calling thread.</summary>
    /// <exception cref="InvalidOperationException">Called on the loop's thread.</exception>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        RefuseOnLoop(nameof(ReadAsync));
        return Socket.ReceiveAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
    }

    /// <inheritdoc cref="Read(byte[], int, int)"/>
    public override int Read(Span<byte> buffer)
    {
        // A span may not outlive this frame, and the kernel needs pinned memory: the bytes go through an array.
        byte[] copy = new byte[buffer.Length];
        int count = Read(copy, 0, copy.Length);
        copy.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    /// <summary>Writes, blocking the calling thread.</summary>
    /// <exception cref="InvalidOperationException">Called on the loop's thread.</exception>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        RefuseOnLoop(nameof(WriteAsync));
        Socket.SendAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
    }

    /// <inheritdoc cref="Write(byte[], int, int)"/>
    public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);

    /// <summary>Does nothing: writes are not buffered.</summary>
    public override void Flush()
    {
    }

    /// <summary>Does nothing: writes are not buffered.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    /// <summary>Not supported.</summary>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A connection cannot seek.");

    /// <summary>Not supported.</summary>
    public override void SetLength(long value) => throw new NotSupportedException("A connection has no length.");

    /// <summary>Closes the socket, if the stream owns it, and waits until the kernel has let go of it.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (_ownsSocket)
        {
            await Socket.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _ownsSocket)
        {
            Socket.Dispose();
        }

        base.Dispose(disposing);
    }

    private static int ToMilliseconds(TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan ? Timeout.Infinite : (int)Math.Min(Math.Ceiling(timeout.TotalMilliseconds), int.MaxValue);

    private void RefuseOnLoop(string asynchronous)
    {
        if (Socket.Loop.IsLoopThread)
        {
            throw new InvalidOperationException(
                $"This would block the loop's thread, which is the one that would have to complete it. Await {asynchronous} instead.");
        }
    }
}
