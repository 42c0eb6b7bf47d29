using System.Diagnostics.CodeAnalysis;

namespace UringHttp.Simulation;

/// <summary>
/// A kernel in memory that keeps the contract of native/uringhttp.h to the letter and is as unkind as it allows. It holds the loop to its
/// side of the contract: what it finds there goes to <see cref="World.Fail"/>.
/// </summary>
internal sealed class SimulatedRing : IRing
{
    /// <summary>Enters in which not a byte moves. A body may be long; a loop that spins moves nothing.</summary>
    private const int MostEntersForNothing = 100_000;
    private const long MostTime = 4 * 3600 * World.Second;

    private readonly World _world;
    private readonly SeededRandom _random;
    private readonly Descriptors _descriptors = new();
    private readonly Dictionary<ulong, PendingOperation> _inFlight = [];
    private readonly HashSet<ulong> _tokens = [];
    private readonly List<ulong> _ended = [];
    private readonly Completions _completions;
    private readonly SocketActions _actions;
    private readonly int _owner = Environment.CurrentManagedThreadId;
    private bool _woken;
    private bool _failed;

    public SimulatedRing(World world, PeerNetwork network)
    {
        _world = world;
        _random = new SeededRandom(SeededRandom.Mix(world.Seed, 2));
        _completions = new Completions(world, _random, _random.Spread(World.Microsecond, 20 * World.Millisecond));
        _actions = new SocketActions(world, network, _completions, _random);
    }

    public RingInfo Info => new() { Backend = UringBackend.Epoll, SubmissionEntries = 8, CompletionEntries = 16 };

    /// <summary>Time passes while the loop works, too.</summary>
    public long Now => _world.Now += 50;

    /// <summary>Completions of ended operations that were delivered once more.</summary>
    public int Stale { get; private set; }

    public bool IsClosed { get; private set; }

    public int Open => _descriptors.Count;

    public int MostOpen => _descriptors.Most;

    public int InFlight => _inFlight.Count;

    public int Enter(ReadOnlySpan<Submission> submissions, out int accepted, Span<Completion> completions, long timeoutNanoseconds)
    {
        accepted = 0;
        CheckMayGoOn();
        accepted = _world.Faults.Strikes(Fault.PartialSubmit) ? _random.Below(submissions.Length + 1) : submissions.Length;
        foreach (Submission submission in submissions[..accepted])
        {
            Take(submission);
        }

        if (_world.Faults.Fails(Fault.RingFails))
        {
            _failed = true;
            _world.Note("the ring fails");
            throw new UringException(Errno.EBADR, "ring enter");
        }

        if (_world.Faults.Strikes(Fault.ClockJump))
        {
            long jump = _random.Spread(World.Millisecond, 20 * World.Second);
            _world.Now += jump;
            _world.Jumped += jump;
        }

        _world.Now += 200;
        _world.RunDue();
        bool mayWait = accepted == submissions.Length && timeoutNanoseconds != 0 && !_world.Faults.Strikes(Fault.SpuriousReturn);
        if (mayWait)
        {
            Wait(timeoutNanoseconds);
        }

        _woken = false;
        int count = Deliver(completions);
        ThrowIfWrong();
        return count;
    }

    /// <summary>Called by an event of the simulation that has left work with the loop. A stranger's thread has no business here.</summary>
    public void Wake()
    {
        if (Environment.CurrentManagedThreadId != _owner)
        {
            _world.Fail("another thread woke the loop: something left it that must stay on it, or a finalizer had to clean up");
        }

        _woken = true;
    }

    public int OpenSocket(int domain, int type, int protocol)
    {
        ObjectDisposedException.ThrowIf(IsClosed, typeof(UringLoop));
        if (_world.Faults.Fails(Fault.SocketRefused))
        {
            return -_random.Pick(Errno.EMFILE, Errno.ENFILE, Errno.ENOBUFS, Errno.ENOMEM);
        }

        return _descriptors.Open().Descriptor;
    }

    public int Bind(int descriptor, ReadOnlySpan<byte> address) => Find(descriptor, "bind") ? 0 : -Errno.EBADF;

    public int Listen(int descriptor, int backlog) => Find(descriptor, "listen") ? 0 : -Errno.EBADF;

    public int SetOption(int descriptor, int level, int name, int value)
    {
        if (!Find(descriptor, "setsockopt"))
        {
            return -Errno.EBADF;
        }

        return _world.Faults.Fails(Fault.OptionRefused) ? -_random.Pick(Errno.ENOBUFS, Errno.EINVAL, Errno.ENOMEM) : 0;
    }

    public int GetLocalName(int descriptor, Span<byte> address) => WriteName(descriptor, address);

    public int GetPeerName(int descriptor, Span<byte> address) => WriteName(descriptor, address);

    public int ReceiveNow(int descriptor, Span<byte> destination)
    {
        if (!Find(descriptor, "recv", out SimulatedSocket? socket))
        {
            return -Errno.EBADF;
        }

        if (socket.Receive is not null)
        {
            _world.Fail($"a receive outside the ring on {descriptor}, which has one in flight");
        }

        return _actions.ReceiveNow(socket, destination);
    }

    public int CloseUnused(int descriptor)
    {
        if (!Find(descriptor, "close", out SimulatedSocket? socket))
        {
            return -Errno.EBADF;
        }

        // A ring that failed will not be entered again: it is enough that nothing is in flight there.
        if (socket.IsNamed && !IsClosed && !(_failed && socket.IsIdle))
        {
            _world.Fail($"{descriptor} is closed behind the back of the ring, which a submission has named");
        }

        _descriptors.Close(socket);
        SocketActions.OnClosed(socket);
        return 0;
    }

    public void Dispose()
    {
        if (IsClosed)
        {
            _world.Fail("the ring is closed twice");
        }

        if (!_failed && _inFlight.Count > 0)
        {
            _world.Fail($"the ring is closed with {_inFlight.Count} operations in flight");
        }

        foreach (PendingOperation operation in _inFlight.Values)
        {
            operation.IsDone = true;
            CheckMemory(operation);
        }

        _inFlight.Clear();
        IsClosed = true;
    }

    private void CheckMayGoOn()
    {
        if (IsClosed)
        {
            _world.Fail("the ring is entered after it was closed");
        }

        if (++_world.Enter - _world.LastMove > MostEntersForNothing || _world.Now - _world.Jumped > MostTime)
        {
            _world.Fail($"no end after {_world.Enter} enters and {_world.Now / World.Second - 1000} simulated seconds");
        }

        ThrowIfWrong();
    }

    private void ThrowIfWrong()
    {
        if (_world.Violation is not null)
        {
            throw new SimulationException(_world.Violation);
        }
    }

    private void Wait(long timeout)
    {
        long end = timeout < 0 ? long.MaxValue : _world.Now + timeout;
        while (!_woken && _completions.NextDue > _world.Now)
        {
            long next = Math.Min(_completions.NextDue, _world.NextEvent);
            if (next >= end)
            {
                if (end == long.MaxValue)
                {
                    _world.Fail($"the loop waits for ever: {_inFlight.Count} operations are in flight, and nothing will happen");
                    return;
                }

                _world.Now = end;
                return;
            }

            _world.Now = Math.Max(_world.Now, next);
            _world.RunDue();
        }
    }

    private int Deliver(Span<Completion> completions)
    {
        int capacity = _world.Faults.Strikes(Fault.FewCompletions) ? 1 + _random.Below(3) : completions.Length;
        int count = 0;
        while (count < capacity && _completions.TryTake(out Completion completion, out PendingOperation? operation))
        {
            completions[count++] = completion;
            if (operation is not null)
            {
                End(operation);
            }
        }

        if (count < capacity && _ended.Count > 0 && _world.Faults.Strikes(Fault.StaleToken))
        {
            // Only of what ended before this enter: the loop may not have looked at those of this one.
            int known = Math.Max(1, _ended.Count - count);
            completions[count++] = new Completion { Token = _ended[_random.Below(known)], Result = _random.Pick(0, 5, -104) };
            Stale++;
        }

        return count;
    }

    private void End(PendingOperation operation)
    {
        CheckMemory(operation);
        _inFlight.Remove(operation.Token);
        _ended.Add(operation.Token);
        SimulatedSocket socket = operation.Socket;
        switch (operation.Kind)
        {
            case OperationKind.Receive:
                socket.Receive = null;
                break;
            case OperationKind.Send or OperationKind.Connect:
                socket.Send = null;
                break;
            case OperationKind.Poll:
                socket.Polls.Remove(operation);
                bool isKnown = (socket.HasEnded || socket.Error != 0) && socket.AnsweredAt > 0 && operation.BeganAt > socket.AnsweredAt;
                socket.ToldEndedAt = isKnown ? _world.Enter : 0;
                break;
        }
    }

    private void CheckMemory(PendingOperation operation)
    {
        if (operation.Memory.IsTouched)
        {
            _world.Fail($"memory was touched that a {operation.Kind} on {operation.Socket.Descriptor} had been lent");
        }
    }

    private void Take(in Submission submission)
    {
        switch (submission.Kind)
        {
            case OperationKind.Cancel:
                _actions.Cancel(submission, _inFlight.GetValueOrDefault(submission.Address));
                break;
            case OperationKind.Shutdown:
                _actions.Shutdown(submission, Find(submission.Descriptor, "shutdown", out SimulatedSocket? shut) ? shut : null);
                break;
            default:
                if (Find(submission.Descriptor, $"a submission ({submission.Kind})", out SimulatedSocket? socket))
                {
                    Begin(submission, socket);
                }

                break;
        }
    }

    private void Begin(in Submission submission, SimulatedSocket socket)
    {
        if (submission.Token == 0 || !_tokens.Add(submission.Token))
        {
            _world.Fail($"the token {submission.Token:x} of a {submission.Kind} was used before");
        }

        if (_world.IsTraced)
        {
            _world.Note($"{submission.Kind} on {submission.Descriptor}, {submission.Length} bytes");
        }

        socket.IsNamed = true;
        var operation = new PendingOperation(submission, socket, _world.Enter);
        if (submission.Kind == OperationKind.Close && !socket.IsIdle)
        {
            _world.Fail($"{socket.Descriptor} is closed with operations in flight");
        }

        foreach (PendingOperation other in _inFlight.Values)
        {
            if ((operation.Memory.IsWritten || other.Memory.IsWritten) && operation.Memory.Overlaps(other.Memory))
            {
                _world.Fail($"a {operation.Kind} and a {other.Kind} in flight have the same memory, and one of them is written");
            }
        }

        _inFlight[submission.Token] = operation;
        Place(operation);
    }

    private void Place(PendingOperation operation)
    {
        SimulatedSocket socket = operation.Socket;
        switch (operation.Kind)
        {
            case OperationKind.Connect or OperationKind.Send:
                if (socket.Send is not null)
                {
                    _world.Fail($"a second send or connect is in flight on {socket.Descriptor}");
                }

                socket.Send = operation;
                if (operation.Kind == OperationKind.Send)
                {
                    _actions.Send(operation);
                }
                else
                {
                    _actions.Connect(operation);
                }

                break;
            case OperationKind.Receive:
                if (socket.Receive is not null)
                {
                    _world.Fail($"a second receive is in flight on {socket.Descriptor}");
                }

                socket.Receive = operation;
                _actions.Receive(operation);
                break;
            case OperationKind.Poll:
                socket.Polls.Add(operation);
                SocketActions.WakePolls(socket, _completions);
                break;
            case OperationKind.Close:
                _descriptors.Close(socket);
                SocketActions.OnClosed(socket);
                _completions.Add(operation, _world.Faults.Fails(Fault.CloseFails) ? -Errno.EIO : 0);
                break;
            default:
                _world.Fail($"{operation.Kind} is not simulated");
                break;
        }
    }

    private bool Find(int descriptor, string what) => Find(descriptor, what, out _);

    private bool Find(int descriptor, string what, [NotNullWhen(true)] out SimulatedSocket? socket)
    {
        if (_descriptors.TryGet(descriptor, out socket))
        {
            return true;
        }

        _world.Fail($"{what} on {descriptor}, which is not open");
        return false;
    }

    private int WriteName(int descriptor, Span<byte> address)
    {
        if (!Find(descriptor, "a name"))
        {
            return -Errno.EBADF;
        }

        ReadOnlySpan<byte> name = [2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        name.CopyTo(address);
        return name.Length;
    }
}
