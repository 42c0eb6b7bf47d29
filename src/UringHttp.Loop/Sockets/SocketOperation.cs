using System.Threading.Tasks.Sources;

namespace UringHttp;

/// <summary>
/// One operation of a socket that is used over and over: start, in flight, end, awaited, start. It pins the caller's memory from
/// start to end, and ends early (by asking the kernel) on a token, a timeout, or the socket's closing. Between two uses it may go to
/// another socket: see <see cref="SocketTransfer"/>.
/// </summary>
/// <remarks>
/// Started on the loop, its continuation runs there, inside the dispatch of its completion. Started elsewhere, it goes through the
/// mailbox, and its continuation runs on the thread pool: code that blocks there cannot hold up the loop.
/// </remarks>
internal sealed class SocketOperation : Operation, IValueTaskSource<int>, IValueTaskSource
{
    private UringSocket _socket;
    private ManualResetValueTaskSourceCore<int> _source;
    private Submission _submission;
    private PinnedMemory _pin;
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;
    private LoopTimer? _timer;
    private StopReason _stop;
    private bool _began;
    private bool _inContext;
    private int _result;
    private int _busy;

    internal SocketOperation(UringSocket socket) => _socket = socket;

    private enum StopReason
    {
        None,
        Canceled,
        TimedOut,
        Closed,
    }

    /// <summary>How long it may be in flight. Default: without limit. Takes effect with the next start.</summary>
    internal TimeSpan Timeout { get; set; } = System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>True from its start until its result has been taken. Any thread.</summary>
    internal bool IsBusy => Volatile.Read(ref _busy) != 0;

    private LoopCore Loop => _socket.Loop.Core;

    /// <summary>What it is called in messages.</summary>
    private string Name => _submission.Kind switch
    {
        OperationKind.Connect => "connect",
        OperationKind.Send => "send",
        OperationKind.Receive => "receive",
        _ => "poll",
    };

    /// <summary>The next starts are this socket's.</summary>
    internal void Attach(UringSocket socket) => _socket = socket;

    /// <summary>It is nobody's. Not while it is busy.</summary>
    internal void Detach() => _socket = null!;

    /// <summary>Starts. The memory is held from now until the task has ended.</summary>
    internal ValueTask<int> Start(in Submission submission, in PinnedMemory pin, CancellationToken token) =>
        new(this, Launch(submission, pin, token));

    /// <inheritdoc cref="Start"/>
    internal ValueTask StartWithoutResult(in Submission submission, in PinnedMemory pin, CancellationToken token) =>
        new(this, Launch(submission, pin, token));

    /// <summary>What a second one of a kind is refused with.</summary>
    internal static InvalidOperationException NewBusyException(string name) =>
        new($"A {name} is in flight on this socket already: await it before starting another.");

    private short Launch(in Submission submission, in PinnedMemory pin, CancellationToken token)
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
        {
            pin.Dispose();
            throw NewBusyException(Name);
        }

        _submission = submission;
        _pin = pin;
        _token = token;

        // Read before it begins: from then on it belongs to the loop.
        short version = _source.Version;
        bool onLoop = Loop.IsLoopThread;
        _source.RunContinuationsAsynchronously = !onLoop;
        if (onLoop)
        {
            Begin();
        }
        else if (!Loop.Post(this))
        {
            Refuse(StopReason.Closed);
        }

        return version;
    }

    internal override void Execute() => Begin();

    /// <summary>Asks for an early end because the socket closes.</summary>
    internal void OnSocketClosing() => Stop(StopReason.Closed);

    internal override void OnLoopStopping() => Stop(StopReason.Closed);

    internal override void KeepMemory() => _pin.Keep();

    internal override void OnCompletion(int result, CompletionFlags flags)
    {
        if (_submission.Kind == OperationKind.Send && result >= 0 && result < _submission.Length && _stop == StopReason.None)
        {
            // The kernel stopped in the middle without saying why. Sending the rest tells.
            _submission.Address += (uint)result;
            _submission.Length -= (uint)result;
            Submit();
            return;
        }

        if (_submission.Kind == OperationKind.Receive)
        {
            _socket.OnReceived(flags);
        }

        End(result);
    }

    int IValueTaskSource<int>.GetResult(short token)
    {
        // Asked before it has ended, or for a result that was taken long ago, the source throws: then it stays busy, since the
        // kernel may have its memory. (The status of an earlier use throws by itself.)
        if (_source.GetStatus(token) == ValueTaskSourceStatus.Pending)
        {
            return _source.GetResult(token);
        }

        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            _source.Reset(); // at once, not before the next use: until then it would keep whoever has waited
            _token = default;
            Volatile.Write(ref _busy, 0);
        }
    }

    void IValueTaskSource.GetResult(short token) => ((IValueTaskSource<int>)this).GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        Await(continuation, state, token, flags);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        Await(continuation, state, token, flags);

    private void Await(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        bool isPending = _source.GetStatus(token) == ValueTaskSourceStatus.Pending;
        if (isPending && Loop.IsLoopThread && !_source.RunContinuationsAsynchronously && SynchronizationContext.Current == Loop.Context)
        {
            // What was started on the loop resumes on the loop anyway: posting to its context would only cost a turn. But code that asked
            // for the context must find it there.
            _inContext = (flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != 0;
            flags &= ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext;
        }

        _source.OnCompleted(continuation, state, token, flags);
    }

    private void Begin()
    {
        // Set here and not when it was launched: only the loop writes it, so a late stop of the last use cannot cross this one.
        _stop = StopReason.None;
        if (_socket.IsClosing || Loop.IsStopping)
        {
            Refuse(StopReason.Closed);
            return;
        }

        if (_token.CanBeCanceled)
        {
            // Registered on the loop: its completion cannot pass it by. A token that is cancelled already calls back at once.
            _registration = _token.UnsafeRegister(static operation => ((SocketOperation)operation!).OnTokenCanceled(), this);
            if (_stop != StopReason.None)
            {
                Refuse(_stop);
                return;
            }
        }

        if (Timeout != System.Threading.Timeout.InfiniteTimeSpan)
        {
            _timer ??= new LoopTimer(() => Stop(StopReason.TimedOut));
            Loop.Timers.Set(_timer, Loop.DeadlineAfter(Timeout));
        }

        _began = true;
        _socket.OnOperationBegins();
        Submit();
    }

    private void Submit() => Loop.Submit(this, ref _submission);

    private void Refuse(StopReason reason)
    {
        _stop = reason;
        End(-Errno.ECANCELED);
    }

    /// <summary>Any thread. The registration is disposed before the operation can be used again, so the version is this use's.</summary>
    private void OnTokenCanceled()
    {
        if (Loop.IsLoopThread)
        {
            Stop(StopReason.Canceled);
            return;
        }

        short version = _source.Version;
        _socket.Loop.PostCallback(_ => StopIfStill(version), null);
    }

    private void StopIfStill(short version)
    {
        if (_source.Version == version)
        {
            Stop(StopReason.Canceled);
        }
    }

    private void Stop(StopReason reason)
    {
        if (_stop == StopReason.None)
        {
            _stop = reason;
            if (InFlight)
            {
                Loop.Cancel(this, _submission.Descriptor);
            }
        }
    }

    /// <summary>Gives back what <see cref="Begin"/> took, in mirrored order, and resumes whoever waits.</summary>
    private void End(int result)
    {
        if (_began)
        {
            _began = false;
            _socket.OnOperationEnded();
            if (_timer is not null)
            {
                // Not only cleared: a timer that stays filed would keep a closed or dropped socket until its old deadline.
                Loop.Timers.Remove(_timer);
            }
        }

        _registration.Dispose();
        _registration = default;
        _pin.Dispose();
        if (_submission.Kind == OperationKind.Send && result < 0 && _stop == StopReason.None)
        {
            _socket.OnSendFailed(-result);
        }

        // Last, since the continuation may start the operation anew.
        if (_inContext)
        {
            _inContext = false;
            _result = result;
            Loop.CallInContext(static ended => ((SocketOperation)ended!).Complete(((SocketOperation)ended!)._result), this);
        }
        else
        {
            Complete(result);
        }
    }

    private void Complete(int result)
    {
        if (Explain(result) is { } exception)
        {
            _source.SetException(exception);
        }
        else
        {
            _source.SetResult(_submission.Kind == OperationKind.Poll ? 0 : result); // what a poll has seen is no number of bytes
        }
    }

    /// <summary>The exception to throw; null for success. Bytes that arrived are handed over even when a cancel came too late.</summary>
    private Exception? Explain(int result)
    {
        bool incomplete = _submission.Kind switch
        {
            OperationKind.Send => result < _submission.Length,
            OperationKind.Receive => result == 0 && (_stop == StopReason.Closed || _socket.SendError != 0), // the end of our own shutdown
            OperationKind.Poll => _stop == StopReason.Closed,
            _ => false,
        };
        if (result >= 0 && !incomplete)
        {
            return null;
        }

        return _stop switch
        {
            StopReason.Canceled => new OperationCanceledException(_token),
            StopReason.TimedOut => new TimeoutException($"{Name} on {_socket.Describe()} took longer than {Timeout}."),
            StopReason.Closed => new ObjectDisposedException(nameof(UringSocket), $"The socket was closed during a {Name}."),
            _ => new UringException(result == 0 ? _socket.SendError : -result, Name, _socket.KnownRemote),
        };
    }
}
