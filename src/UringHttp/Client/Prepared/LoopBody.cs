using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Tasks.Sources;

namespace UringHttp;

/// <summary>
/// The body of a response that is read on the loop only: as loans of what was received, or into the reader's memory. Used over and
/// over; allocates nothing. Loop thread.
/// </summary>
internal sealed class LoopBody : IValueTaskSource<int>, IValueTaskSource<ReadOnlyMemory<byte>>
{
    private readonly LoopCore _loop;
    private readonly Action _onReceived;
    private ClientConnection? _connection;
    private LoopSource<int> _source;
    private ValueTask<int> _received;
    private Phase _phase = Phase.Closed;

    /// <summary>Bytes of the run that are lent to the reader.</summary>
    private int _lent;

    /// <summary>Where to receive, when not into the connection's block.</summary>
    private Memory<byte> _destination;
    private bool _isDirect;
    private CancellationToken _token;
    private Exception? _failure;
    private int _count;

    internal LoopBody(LoopCore loop)
    {
        _loop = loop;
        _onReceived = OnReceived;
    }

    private enum Phase
    {
        /// <summary>There is more to read, and nobody reads.</summary>
        Open,

        /// <summary>A read waits for the peer.</summary>
        Reading,

        /// <summary>Read to its end; the last loan may be out, and the connection is held for it.</summary>
        Ending,

        /// <summary>Nothing more is to be had, and the connection is somebody else's.</summary>
        Closed,

        /// <summary>A read has failed. What follows is no end, and must not look like one.</summary>
        Broken,
    }

    /// <summary>The trailers, from the end of the body on.</summary>
    internal List<KeyValuePair<string, string>>? Trailers { get; private set; }

    /// <summary>True while a read is under way.</summary>
    internal bool IsBusy => _phase == Phase.Reading;

    internal LoopCore Loop => _loop;

    private ref BodyRuns Runs => ref _connection!.Body;

    private ReceivedBuffer Received => _connection!.Received;

    /// <summary>A response begins whose body the connection has.</summary>
    internal void Open(ClientConnection connection, bool hasBody)
    {
        _connection = connection;
        _phase = hasBody ? Phase.Open : Phase.Closed;
        _lent = 0;
        Trailers = null;
    }

    /// <summary>The next bytes, valid until the next read; none at the end.</summary>
    internal ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken token)
    {
        _destination = default;
        if (!TryBegin())
        {
            return default;
        }

        return TryReadInHand() ? new ValueTask<ReadOnlyMemory<byte>>(Loan()) : new ValueTask<ReadOnlyMemory<byte>>(this, Start(token));
    }

    /// <summary>Reads into the memory, which is held until then; 0 at the end.</summary>
    internal ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken token)
    {
        if (destination.IsEmpty || !TryBegin())
        {
            return default;
        }

        _destination = destination;
        return TryReadInHand() ? new ValueTask<int>(CopyOut()) : new ValueTask<int>(this, Start(token));
    }

    /// <summary>Nobody wants the rest. A read under way fails.</summary>
    internal void Close()
    {
        switch (_phase)
        {
            case Phase.Reading:
                _connection!.Abort(); // the read ends, and closes
                break;
            case Phase.Ending:
                EndLoan();
                Finish();
                break;
            case Phase.Open:
                EndLoan();
                GiveUpRest();
                break;
        }
    }

    /// <summary>Lets go of what its last reader has lent to it, and of who has waited. Not while it is busy.</summary>
    internal void Forget()
    {
        _destination = default;
        _token = default;
        _failure = null;
        Trailers = null;
        _source.Reset();
    }

    int IValueTaskSource<int>.GetResult(short token) => _source.GetResult(token);

    ReadOnlyMemory<byte> IValueTaskSource<ReadOnlyMemory<byte>>.GetResult(short token)
    {
        _source.GetResult(token);
        return Loan();
    }

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    ValueTaskSourceStatus IValueTaskSource<ReadOnlyMemory<byte>>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(_loop, continuation, state, token, flags);

    void IValueTaskSource<ReadOnlyMemory<byte>>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(_loop, continuation, state, token, flags);

    /// <summary>Ends the loan before this read; false at the end of the body.</summary>
    private bool TryBegin()
    {
        switch (_phase)
        {
            case Phase.Reading:
                throw new InvalidOperationException("A read is under way on this response's body already: await it before the next.");
            case Phase.Closed:
                return false;
            case Phase.Broken:
                throw new ObjectDisposedException(
                    nameof(UringHttpResponse), "A read of this response's body has failed: the rest of it cannot be had.");
        }

        EndLoan();
        if (_phase == Phase.Ending)
        {
            Finish();
            return false;
        }

        return true;
    }

    private void EndLoan()
    {
        if (_lent > 0)
        {
            Runs.Take(Received, _lent);
            _lent = 0;
        }
    }

    /// <summary>True when there are bytes in hand, or the end is.</summary>
    private bool TryReadInHand()
    {
        if (!Runs.TryFind(Received))
        {
            Exception failure = HttpErrors.InvalidBody(_connection!.Route, Runs.Error, Runs.ErrorOffset);
            Break();
            throw failure;
        }

        return Runs.Run > 0 || Runs.IsEnded;
    }

    /// <summary>Lends the run; where it is the end, the body is over.</summary>
    private ReadOnlyMemory<byte> Loan()
    {
        if (_phase == Phase.Closed)
        {
            return default;
        }

        _lent = Runs.Run;
        if (Runs.IsEnded)
        {
            _phase = Phase.Ending;
            if (_lent == 0)
            {
                Finish();
                return default;
            }
        }

        return Received.DataMemory[.._lent];
    }

    private int CopyOut()
    {
        int count = Math.Min(Runs.Run, _destination.Length);
        Received.Data[..count].CopyTo(_destination.Span);
        Runs.Take(Received, count);
        if (Runs.IsEnded && Runs.Run == 0)
        {
            Finish();
        }

        return count;
    }

    private short Start(CancellationToken token)
    {
        _phase = Phase.Reading;
        _failure = null;
        _source.Reset();
        short version = _source.Version;
        Receive(token);
        return version;
    }

    private void Receive(CancellationToken token)
    {
        bool isDirect = _destination.Length >= BodyRuns.LeastDirect && Runs.Direct > 0 && Received.IsEmpty;
        Memory<byte> room = isDirect ? _destination[..(int)Math.Min(_destination.Length, Runs.Direct)] : _connection!.GetBodyRoom();
        _destination = isDirect ? room : _destination;
        _isDirect = isDirect;
        _connection!.Timer?.OnReadBegins();
#pragma warning disable CA2012 // consumed once, in OnReceived
        _received = _connection.Transport.ReceiveAsync(room, token);
#pragma warning restore CA2012
        _token = token;
        ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter awaiter = _received.ConfigureAwait(false).GetAwaiter();
        if (awaiter.IsCompleted)
        {
            OnReceived();
        }
        else
        {
            awaiter.UnsafeOnCompleted(_onReceived);
        }
    }

    private void OnReceived()
    {
        bool goesOn;
        try
        {
            goesOn = !TryTake(_received.GetAwaiter().GetResult());
        }
        catch (Exception e)
        {
            _failure = Explain(e);
            Break();
            goesOn = false;
        }

        if (goesOn)
        {
            Receive(_token);
        }
        else if (_source.TakeContextWish())
        {
            _loop.CallInContext(static body => ((LoopBody)body!).Complete(), this);
        }
        else
        {
            Complete();
        }
    }

    /// <summary>Bytes have come; false when they were framing only.</summary>
    private bool TryTake(int count)
    {
        _connection!.Timer?.OnReadEnds();
        if (count == 0 && !Runs.TryEndByClose())
        {
            throw HttpErrors.EndedInBody(_connection.Route, Runs.Missing);
        }

        if (_isDirect)
        {
            Runs.TakeDirect(_destination.Span[..count]);
            _phase = Phase.Open;
            _count = count;
            if (Runs.IsEnded)
            {
                Finish();
            }

            return true;
        }

        Received.Commit(count);
        if (!Runs.TryFind(Received))
        {
            throw HttpErrors.InvalidBody(_connection.Route, Runs.Error, Runs.ErrorOffset);
        }

        if (Runs.Run == 0 && !Runs.IsEnded)
        {
            return false;
        }

        _phase = Phase.Open;
        _count = _destination.IsEmpty ? 0 : CopyOut();
        return true;
    }

    private void Complete()
    {
        if (_failure is not null)
        {
            _source.SetException(_failure);
        }
        else
        {
            _source.SetResult(_count);
        }
    }

    /// <summary>All is read: the connection is free for another exchange.</summary>
    private void Finish()
    {
        Trailers = Runs.Trailers?
            .Where(field => TrailerRules.MayTrail(field.Key))
            .Select(field => KeyValuePair.Create(field.Key, Encoding.Latin1.GetString(field.Value)))
            .ToList();
        ClientConnection connection = Detach();
        connection.OnResponseRead();
    }

    /// <summary>What is in hand completely is passed over; otherwise the connection is drained, or cannot be used again.</summary>
    private void GiveUpRest()
    {
        bool isValid = Runs.TryPassOver(Received);
        bool isEnded = isValid && Runs.IsEnded;
        ClientConnection connection = Detach();
        if (isEnded)
        {
            connection.OnResponseRead();
        }
        else if (isValid && connection.MayDrain)
        {
            connection.Drain();
        }
        else
        {
            connection.CloseFromBody();
        }
    }

    private void Break()
    {
        ClientConnection connection = Detach();
        _phase = Phase.Broken;
        connection.CloseFromBody();
    }

    private ClientConnection Detach()
    {
        _phase = Phase.Closed;
        ClientConnection connection = _connection!;
        _connection = null;
        return connection;
    }

    private Exception Explain(Exception cause) => cause switch
    {
        _ when _connection!.Timer?.Failure is { } timeout => HttpErrors.TimedOut(timeout),
        UringException or ObjectDisposedException => HttpErrors.BodyFailed(_connection!.Route, cause),
        _ => cause,
    };
}
