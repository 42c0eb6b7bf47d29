using System.Runtime.CompilerServices;
using System.Text;

namespace UringHttp;

/// <summary>
/// The body of one response: read by one reader at a time, on any thread. It receives only when asked for more than is in hand, so a
/// slow reader holds up the peer and nothing else. At its end it gives the connection back, and touches it no more.
/// </summary>
internal sealed class ResponseBodyStream : Stream
{
    private readonly ClientConnection _connection;
    private readonly Func<string, Encoding?>? _encodings;
    private int _phase;

    /// <summary>The body of the response whose head the connection has just taken.</summary>
    /// <param name="connection">Where it is read from.</param>
    /// <param name="isEmpty">True when there is none.</param>
    /// <param name="encodings">How the values of a trailer are encoded; null for Latin-1.</param>
    internal ResponseBodyStream(ClientConnection connection, bool isEmpty, Func<string, Encoding?>? encodings)
    {
        _connection = connection;
        _encodings = encodings;
        _phase = isEmpty ? Phase.Ended : Phase.Idle;
    }

    /// <summary>Who may touch the connection. Each move is one compare and exchange.</summary>
    private static class Phase
    {
        /// <summary>The body has not ended and nobody reads: whoever takes it to another phase.</summary>
        internal const int Idle = 0;

        /// <summary>A read is under way: only it.</summary>
        internal const int Reading = 1;

        /// <summary>Disposed while a read is under way: the read, which will close it.</summary>
        internal const int DisposedInRead = 2;

        /// <summary>Read to its end: nobody.</summary>
        internal const int Ended = 3;

        /// <summary>Failed, or disposed before its end: nobody.</summary>
        internal const int Closed = 4;
    }

    /// <summary>Where in the body the connection is. To be touched only while the connection may be.</summary>
    private ref BodyRuns Runs => ref _connection.Body;

    /// <summary>Whose body it is: gets the trailers.</summary>
    internal HttpResponseMessage? Response { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        if (!TryBegin())
        {
            return new ValueTask<int>(0);
        }

        return TryReadInHand(buffer.Span, out int count) ? new ValueTask<int>(count) : ReceiveAndReadAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Blocks the calling thread for what is not in hand; throws instead on the loop's own.</summary>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadBlocking(buffer.AsMemory(offset, count));
    }

    public override int Read(Span<byte> buffer)
    {
        byte[] copy = new byte[buffer.Length];
        int count = ReadBlocking(copy);
        copy.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    /// <summary>Writes the runs from where they were received: no copy of ours in between.</summary>
    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ValidateCopyToArguments(destination, bufferSize);
        cancellationToken.ThrowIfCancellationRequested();
        while (TryBegin())
        {
            if (Runs.Run == 0 && !Runs.IsEnded && !TryFindRun())
            {
                await ReceiveAsync(cancellationToken).ConfigureAwait(false);
            }

            if (Runs.Run > 0)
            {
                await WriteRunAsync(destination, cancellationToken).ConfigureAwait(false);
            }

            EndRead();
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Gives up the rest. What is in hand completely is passed over; otherwise the connection cannot be used again.</summary>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
        {
            return;
        }

        if (Interlocked.CompareExchange(ref _phase, Phase.DisposedInRead, Phase.Reading) == Phase.Reading)
        {
            _connection.Abort(); // the read fails, and closes
        }
        else if (Interlocked.CompareExchange(ref _phase, Phase.Closed, Phase.Idle) == Phase.Idle)
        {
            GiveUpRest();
        }

        base.Dispose(disposing);
    }

    /// <summary>Begins a read; false at the end of the body.</summary>
    private bool TryBegin() => Interlocked.CompareExchange(ref _phase, Phase.Reading, Phase.Idle) switch
    {
        Phase.Idle => true,
        Phase.Ended => false,
        Phase.Closed => throw new ObjectDisposedException(nameof(ResponseBodyStream), "The response's body is closed."),
        _ => throw new InvalidOperationException("A read is under way on this response's body already: await it before the next."),
    };

    /// <summary>Ends a read that went well: the body is at its end, or open for the next read.</summary>
    private void EndRead()
    {
        bool ended = Runs.IsEnded && Runs.Run == 0;
        if (ended && Runs.Trailers is { } trailers)
        {
            AddTrailers(trailers); // before the reader sees the end
        }

        if (Interlocked.CompareExchange(ref _phase, ended ? Phase.Ended : Phase.Idle, Phase.Reading) != Phase.Reading)
        {
            // Disposed meanwhile, by somebody who is about to abort the connection: it must not go to another exchange.
            _phase = Phase.Closed;
            _connection.CloseFromBody();
        }
        else if (ended)
        {
            _connection.OnResponseRead();
        }
    }

    private void AddTrailers(List<KeyValuePair<string, byte[]>> trailers)
    {
        try
        {
            foreach ((string name, byte[] value) in trailers)
            {
                if (TrailerRules.MayTrail(name))
                {
                    Encoding encoding = _encodings?.Invoke(name) ?? Encoding.Latin1;
                    Response!.TrailingHeaders.TryAddWithoutValidation(name, encoding.GetString(value));
                }
            }
        }
        catch (Exception e)
        {
            throw Fail(e); // the user's code
        }
    }

    /// <summary>Reads what is in hand. False when something must be received first; the read goes on then.</summary>
    private bool TryReadInHand(Span<byte> destination, out int count)
    {
        count = 0;
        if (!TryFindRun() && !destination.IsEmpty)
        {
            return false;
        }

        count = Math.Min(Runs.Run, destination.Length);
        ReceivedBuffer received = _connection.Received;
        received.Data[..count].CopyTo(destination);
        Runs.Take(received, count);
        EndRead();
        return true;
    }

    // Not a pooled builder: users hold what it returns, and may use it in ways that would put a running one back into the pool.
    private async ValueTask<int> ReceiveAndReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count;
        do
        {
            if (buffer.Length >= BodyRuns.LeastDirect && Runs.Direct > 0 && _connection.Received.IsEmpty)
            {
                return await ReceiveIntoAsync(buffer, cancellationToken).ConfigureAwait(false);
            }

            await ReceiveAsync(cancellationToken).ConfigureAwait(false);
        }
        while (!TryReadInHand(buffer.Span, out count));
        return count;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveIntoAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            Memory<byte> room = buffer[..(int)Math.Min(buffer.Length, Runs.Direct)];
            int count = await ReceiveFromPeerAsync(room, cancellationToken).ConfigureAwait(false);
            OnReceived(count);
            Runs.TakeDirect(room.Span[..count]);
            EndRead();
            return count;
        }
        catch (Exception e)
        {
            throw Fail(e);
        }
    }

    /// <summary>Receives into the connection's block, once. At the end of the body by close, nothing more is found.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            Memory<byte> room = _connection.GetBodyRoom();
            int count = await ReceiveFromPeerAsync(room, cancellationToken).ConfigureAwait(false);
            OnReceived(count);
            _connection.Received.Commit(count);
            Find();
        }
        catch (Exception e)
        {
            throw Fail(e);
        }
    }

    private ValueTask<int> ReceiveFromPeerAsync(Memory<byte> room, CancellationToken cancellationToken) => _connection.Timer is null
        ? _connection.Transport.ReceiveAsync(room, cancellationToken)
        : ReceiveInTimeAsync(room, _connection.Timer, cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveInTimeAsync(Memory<byte> room, ExchangeTimer timer, CancellationToken cancellationToken)
    {
        timer.OnReadBegins();
        int count = await _connection.Transport.ReceiveAsync(room, cancellationToken).ConfigureAwait(false);
        timer.OnReadEnds();
        return count;
    }

    private void OnReceived(int count)
    {
        if (count == 0 && !Runs.TryEndByClose())
        {
            throw HttpErrors.EndedInBody(_connection.Route, Runs.Missing);
        }
    }

    private async ValueTask WriteRunAsync(Stream destination, CancellationToken cancellationToken)
    {
        int count = Runs.Run;
        try
        {
            await destination.WriteAsync(_connection.Received.DataMemory[..count], cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // The caller's own stream failed, and its words are the ones to hear.
            CloseAfterFailure();
            throw;
        }

        Runs.Take(_connection.Received, count);
        TryFindRun();
    }

    /// <summary>True when there is a run to take, or the end.</summary>
    private bool TryFindRun()
    {
        try
        {
            Find();
        }
        catch (HttpIOException e)
        {
            throw Fail(e);
        }

        return Runs.Run > 0 || Runs.IsEnded;
    }

    private void Find()
    {
        if (!Runs.TryFind(_connection.Received))
        {
            throw HttpErrors.InvalidBody(_connection.Route, Runs.Error, Runs.ErrorOffset);
        }
    }

    /// <summary>Ends a read that failed: the connection is closed, and the cause put into the words of this layer.</summary>
    private Exception Fail(Exception cause)
    {
        TimeoutException? timeout = _connection.Timer?.Failure; // before the connection may be at something else
        bool disposed = CloseAfterFailure();
        return cause switch
        {
            _ when disposed => new ObjectDisposedException(nameof(ResponseBodyStream), "The response was disposed during a read."),
            _ when timeout is not null => HttpErrors.TimedOut(timeout),
            UringException or ObjectDisposedException => HttpErrors.BodyFailed(_connection.Route, cause),
            _ => cause,
        };
    }

    /// <summary>Closes after a failure; true when it was disposed already.</summary>
    private bool CloseAfterFailure()
    {
        bool disposed = Interlocked.Exchange(ref _phase, Phase.Closed) == Phase.DisposedInRead;
        _connection.CloseFromBody();
        return disposed;
    }

    private void GiveUpRest()
    {
        if (!Runs.TryPassOver(_connection.Received))
        {
            _connection.CloseFromBody();
        }
        else if (Runs.IsEnded)
        {
            _connection.OnResponseRead();
        }
        else if (_connection.MayDrain)
        {
            _connection.Drain();
        }
        else
        {
            _connection.CloseFromBody();
        }
    }

    private int ReadBlocking(Memory<byte> buffer)
    {
        ValueTask<int> read = ReadAsync(buffer);
        if (!read.IsCompleted && _connection.Transport.Loop.IsLoopThread)
        {
            // The read goes on, and would take bytes that nobody waits for: the body is of no more use.
            Dispose();
            _ = read.AsTask().ContinueWith(static task => task.Exception, TaskScheduler.Default);
            throw new InvalidOperationException(
                "A synchronous read on the loop's thread would wait for itself. Use ReadAsync, or read on another thread.");
        }

        return read.AsTask().GetAwaiter().GetResult();
    }
}
