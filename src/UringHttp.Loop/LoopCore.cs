using System.Diagnostics;

namespace UringHttp;

/// <summary>
/// The turning part of a loop: ring, operations in flight, timers, mailbox and blocks. All members are for the loop thread only,
/// but for <see cref="Post"/>, <see cref="DoAfterEnd"/>, <see cref="IsLoopThread"/> and the counters.
/// </summary>
/// <remarks>
/// One turn: dispatch the completions of the last enter, execute what was posted, call due timers, run what asked to wait for the
/// end of the turn, and cross into the kernel once. Completions go first so that an answer in hand beats a timeout of the same turn.
/// </remarks>
internal sealed class LoopCore
{
    /// <summary>Bytes in an ordinary block: room for any usual head with its body.</summary>
    internal const int BlockSize = 16 * 1024;

    /// <summary>Bytes in a large block. With less a long body costs more system calls; with more it falls out of the cache.</summary>
    internal const int LargeBlockSize = 64 * 1024;

    private const long DrainWaitNanoseconds = 10_000_000;
    private const int NoThread = -1;

    private readonly IRing _ring;
    private readonly LoopMailbox _mailbox = new();
    private readonly OperationTable _table = new();
    private readonly SubmissionQueue _submissions;
    private readonly Completion[] _completions;
    private readonly DescriptorSet _descriptors = new();
    private readonly LoopMemory _memory;
    private readonly UserCode _userCode;
    private readonly LateWork _lateWork;
    private readonly long _spinNanoseconds;
    private readonly long _slowTurnNanoseconds;

    private int _threadId = Environment.CurrentManagedThreadId;
    private ItemList _local;
    private ItemList _endOfTurn;
    private int _completed;
    private long _lastWork;
    private bool _stopAsked;
    private bool _closed;

    private long _turns;
    private long _accepted;
    private long _delivered;
    private long _stale;
    private long _slowTurns;
    private long _wakes;

    /// <summary>Makes the core of the calling thread's loop.</summary>
    internal LoopCore(IRing ring, UringLoopOptions options, Action<Exception> onUnhandled)
    {
        _ring = ring;
        _userCode = new UserCode(onUnhandled);
        _lateWork = new LateWork(_userCode);
        _spinNanoseconds = (long)options.SpinBeforeWait.TotalNanoseconds;
        _slowTurnNanoseconds = (long)options.SlowTurnLimit.TotalNanoseconds;
        Now = _lastWork = ring.Now;
        _submissions = new SubmissionQueue(options.PinnedSource);
        _completions = options.PinnedSource.Take<Completion>(1024);
        _memory = new LoopMemory(options, Now);
    }

    /// <summary>Raised once, on the loop thread, when the loop begins to end: fail what waits, start nothing new.</summary>
    internal event Action? Stopping;

    internal IRing Ring => _ring;

    /// <inheritdoc cref="UserCode.Context"/>
    internal SynchronizationContext? Context
    {
        get => _userCode.Context;
        set => _userCode.Context = value;
    }

    internal BlockPool Blocks => _memory.Ordinary;

    internal BlockPool LargeBlocks => _memory.Large;

    internal LoopTimers Timers { get; } = new();
    internal LoopGuests Guests { get; } = new();

    /// <summary>What the loop itself may use again.</summary>
    internal Stock<CallbackItem> FreeCallbacks { get; } = new(CallbackItem.MostFree);
    internal Stock<SocketOperation> FreeOperations { get; } = new(SocketTransfer.MostFree);

    /// <summary>The loop's clock, in nanoseconds, read once after each enter.</summary>
    internal long Now { get; private set; }

    internal bool IsLoopThread => Environment.CurrentManagedThreadId == Volatile.Read(ref _threadId);

    /// <summary>True from the moment the loop begins to end: new operations are refused.</summary>
    internal bool IsStopping { get; private set; }

    /// <summary>True once the ring is gone: what is submitted now would never complete.</summary>
    internal bool IsRingGone { get; private set; }

    internal UringLoopCounters Counters => new()
    {
        Turns = Volatile.Read(ref _turns),
        Submissions = Volatile.Read(ref _accepted),
        Completions = Volatile.Read(ref _delivered),
        StaleCompletions = Volatile.Read(ref _stale),
        SlowTurns = Volatile.Read(ref _slowTurns),
        Wakes = Interlocked.Read(ref _wakes),
        UnhandledExceptions = _userCode.Unhandled,
        OperationsInFlight = _table.Count,
        BlocksRented = _memory.Rented,
        BlockMemory = _memory.TotalBytes,
        OpenDescriptors = _descriptors.Count,
    };

    /// <summary>Leaves work for the loop: any thread. False when the loop has ended, or is in its last turns.</summary>
    internal bool Post(MailboxItem item)
    {
        if (IsLoopThread)
        {
            if (!_closed)
            {
                _local.Add(item);
            }

            return !_closed;
        }

        bool posted = _mailbox.TryPost(item, out bool mustWake);
        if (mustWake)
        {
            Interlocked.Increment(ref _wakes);
            _ring.Wake();
        }

        return posted;
    }

    /// <summary>
    /// Does what <see cref="Post"/> has refused, and what is confined to the loop all the same: as soon as the loop's last turn is over,
    /// and never two such things at a time. Any thread; does not wait.
    /// </summary>
    internal void DoAfterEnd(Action work) => _lateWork.Add(work);

    /// <summary>Awaited, goes on on the loop. For code of ours, after it has awaited something that may end elsewhere.</summary>
    internal LoopSwitch SwitchTo() => new(this);

    /// <summary>Executes the item just before this turn's enter, when all that the turn brought has been seen.</summary>
    internal void PostToEndOfTurn(MailboxItem item) => _endOfTurn.Add(item);

    /// <summary>Puts an operation in flight with this turn's enter. Its memory is the kernel's from now on.</summary>
    internal void Submit(Operation operation, ref Submission submission)
    {
        Debug.Assert(IsLoopThread && !operation.InFlight, "an operation is submitted on the loop, once at a time");
        submission.Token = _table.Add(operation);
        _submissions.Add(submission);
    }

    /// <summary>Asks the kernel to end an operation soon. It still completes.</summary>
    internal void Cancel(Operation operation, int descriptor) => SubmitUnwatched(
        new Submission { Kind = OperationKind.Cancel, Address = operation.Token, Descriptor = descriptor });

    /// <summary>Submits something whose completion tells nobody anything: token 0 names no operation.</summary>
    internal void SubmitUnwatched(in Submission submission) => _submissions.Add(submission);

    /// <summary>
    /// The deadline of something that begins now and may take so long. Reads the clock: <see cref="Now"/> is as old as the turn,
    /// and a timeout must not be shortened by what the turn did before.
    /// </summary>
    internal long DeadlineAfter(TimeSpan timeout) => LoopTimer.Add(_ring.Now, timeout);

    /// <summary>Counts a descriptor as the loop's: it will be closed at the loop's end if nobody closes it before.</summary>
    internal void AddDescriptor(int descriptor) => _descriptors.Add(descriptor);

    /// <summary>Takes a descriptor from the loop, in order to close it. False when somebody else is closing it.</summary>
    internal bool TakeDescriptor(int descriptor) => _descriptors.Remove(descriptor);

    /// <inheritdoc cref="UserCode.CaptureExecution"/>
    internal ExecutionContext? CaptureExecution() => _userCode.CaptureExecution();

    /// <inheritdoc cref="UserCode.CallInContext"/>
    internal void CallInContext(SendOrPostCallback callback, object? state) => _userCode.CallInContext(callback, state);

    /// <summary>Asks the loop to end after this turn.</summary>
    internal void Stop() => _stopAsked = true;

    /// <summary>Turns until asked to stop, then ends everything and frees the ring.</summary>
    internal void Run()
    {
        try
        {
            while (!_stopAsked)
            {
                Turn();
            }

            BeginStop();
            Drain();
            CloseRing();
        }
        catch (UringException e)
        {
            // The ring itself failed (the kernel lost a completion, say): nothing that is in flight can be trusted to end.
            _userCode.Report(e);
            Fail();
        }

        _lateWork.DoAll();

        // The number may be given to another thread now, whose posts must not be taken for the loop's own.
        Volatile.Write(ref _threadId, NoThread);
    }

    private void Turn()
    {
        _turns++;
        long begin = Now;
        DispatchCompletions();
        ExecutePosted();
        CallDueTimers();
        ExecuteAll(_endOfTurn.TakeAll());
        _memory.OnTurn(Now);
        long end = _ring.Now;
        if (end - begin > _slowTurnNanoseconds)
        {
            _slowTurns++;
        }

        Enter(end);
    }

    private void Enter(long now)
    {
        int accepted = 0;
        try
        {
            _completed = _ring.Enter(_submissions.Pending, out accepted, _completions, ChooseTimeout(now));
        }
        finally
        {
            _submissions.Drop(accepted);
        }

        // At once: who posts while completions are dispatched need not wake a loop that runs.
        _mailbox.OnAwake();
        _accepted += accepted;
        _delivered += _completed;
        Now = _ring.Now;
        if (_completed > 0)
        {
            _lastWork = Now;
        }
    }

    /// <summary>How long the enter may block: not at all while there is work or it spins, else until something is due.</summary>
    private long ChooseTimeout(long now)
    {
        if (_stopAsked)
        {
            return IsStopping && _table.Count > 0 ? DrainWaitNanoseconds : 0;
        }

        if (!_local.IsEmpty || !_endOfTurn.IsEmpty || now - _lastWork < _spinNanoseconds)
        {
            return 0;
        }

        long deadline = Math.Min(Timers.NextDeadline, _memory.NextTrim);
        if (deadline <= now || !_mailbox.TrySleep())
        {
            return 0;
        }

        return deadline == LoopTimer.Never ? -1 : deadline - now;
    }

    private void DispatchCompletions()
    {
        int count = _completed;
        _completed = 0;
        for (int i = 0; i < count; i++)
        {
            Completion completion = _completions[i];
            Operation? operation = _table.Find(completion.Token);
            if (operation is null)
            {
                _stale += completion.Token == 0 ? 0 : 1;
                continue;
            }

            if ((completion.Flags & CompletionFlags.More) == 0)
            {
                _table.Remove(operation);
            }

            try
            {
                operation.OnCompletion(completion.Result, completion.Flags);
            }
            catch (Exception e)
            {
                _userCode.Report(e);
            }

            _userCode.RestoreExecution();
        }
    }

    private void ExecutePosted()
    {
        _mailbox.OnAwake();
        MailboxItem? posted = _mailbox.TakeAll();

        // What these items post in turn waits for the next turn, so that nobody can keep the loop from its ring.
        ExecuteAll(_local.TakeAll());
        ExecuteAll(posted);
    }

    private void CallDueTimers()
    {
        while (Timers.TryTakeDue(Now, out LoopTimer? timer))
        {
            _userCode.Guard(static timer => timer.OnDue(), timer);
        }
    }

    private void ExecuteAll(MailboxItem? item)
    {
        while (item is not null)
        {
            MailboxItem? next = item.Next;
            item.Next = null;
            _userCode.Guard(static item => item.Execute(), item);
            _userCode.RestoreExecution();
            item = next;
        }
    }

    private void BeginStop()
    {
        _stopAsked = true;
        if (!IsStopping)
        {
            IsStopping = true;
            Guests.Close();
            foreach (Action handler in Delegate.EnumerateInvocationList(Stopping))
            {
                _userCode.Guard(static handler => handler(), handler); // each: one that throws must not keep the others from it
            }
        }
    }

    /// <summary>
    /// Ends what is in flight, then every descriptor, then the mailbox; goes on until nothing is left. Nothing can be posted after
    /// that, not even from the loop itself: code that never stops yielding must not keep it.
    /// </summary>
    private void Drain()
    {
        while (!_closed || _table.Count > 0 || !_local.IsEmpty || _descriptors.Count > 0)
        {
            _table.StopAll();
            if (_table.Count == 0)
            {
                CloseDescriptors();
            }

            if (!_closed && _table.Count == 0)
            {
                ExecuteAll(CloseMailbox());
            }

            Turn();
        }
    }

    /// <summary>Ends everything without a ring: its close frees the memory, then each operation is told, then the rest is closed.</summary>
    private void Fail()
    {
        IsRingGone = true; // for who is told now
        BeginStop();
        CloseRing();
        foreach (Submission submission in _submissions.Pending)
        {
            if (submission.Kind == OperationKind.Close)
            {
                _ring.CloseUnused(submission.Descriptor); // the ring has never heard of it
            }
        }

        _table.StopAll();
        ExecuteAll(CloseMailbox());
        while (_table.Count > 0 || !_local.IsEmpty || !_endOfTurn.IsEmpty)
        {
            while (_table.TakeAny() is { } operation)
            {
                _userCode.Guard(static operation => operation.OnCompletion(-Errno.ECANCELED, CompletionFlags.None), operation);
                _userCode.RestoreExecution();
            }

            ExecuteAll(_local.TakeAll());
            ExecuteAll(_endOfTurn.TakeAll());
        }

        Array.ForEach(_descriptors.ToArray(), descriptor => _ring.CloseUnused(descriptor));
        _descriptors.Clear();
    }

    /// <summary>
    /// Closes the ring. Memory that the kernel would not let go of is kept for ever, before anybody can give it back. The submissions and
    /// completions are not among it: the ring has copied them.
    /// </summary>
    private void CloseRing()
    {
        IsRingGone = true;
        try
        {
            _ring.Dispose();
        }
        catch (UringException e)
        {
            string memory = "nothing was in flight";
            if (_table.Count > 0)
            {
                _table.KeepAllMemory();
                _memory.Keep();
                memory = $"{_table.Count} operations were in flight, and their memory ({Counters.BlockMemory} bytes of blocks, and what " +
                    "callers lent) is kept for ever, since the kernel may go on using it";
            }

            _userCode.Report(new IOException($"The loop's ring could not be closed: {e.Message} At that moment {memory}.", e));
        }
    }

    private MailboxItem? CloseMailbox()
    {
        _closed = true;
        return _mailbox.Close();
    }

    private void CloseDescriptors()
    {
        foreach (int descriptor in _descriptors.ToArray())
        {
            new CloseOperation(this, descriptor).Submit();
        }
    }
}
