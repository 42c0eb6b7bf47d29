using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace UringHttp;

/// <summary>
/// A thread that owns a ring: it submits kernel operations in batches, reaps their completions and resumes the code that waits for
/// them. Code that runs on the loop stays on it across <c>await</c>, and must not block.
/// </summary>
/// <remarks>
/// All members may be used from any thread. Code that is left with the loop has its caller's execution context (AsyncLocal values,
/// Activity.Current), as with Task.Run. <see cref="Dispose"/> ends everything that was made on the loop: operations in flight
/// end with <see cref="ObjectDisposedException"/>, sockets are closed, the thread is joined.
/// </remarks>
public sealed class UringLoop : IDisposable
{
    private static int s_running;

    private readonly Thread? _thread;
    private readonly UringLoopOptions _options;
    private readonly Func<UringLoopOptions, IRing> _openRing;
    private readonly ManualResetEventSlim _opened = new();
    private LoopCore? _core;
    private ExceptionDispatchInfo? _failure;
    private int _disposed;

    /// <summary>Starts a loop on a thread of its own, with default options.</summary>
    /// <exception cref="PlatformNotSupportedException">Neither io_uring nor epoll works here.</exception>
    public UringLoop()
        : this(null)
    {
    }

    /// <summary>Starts a loop on a thread of its own.</summary>
    /// <param name="options">How it should be; null for the defaults. Read now, never again.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="PlatformNotSupportedException">The system refuses the backend that was asked for; the message says why.</exception>
    public UringLoop(UringLoopOptions? options)
        : this(options, RingFactory.Open)
    {
    }

    /// <summary>Starts a loop on a ring of the caller's making; the function is called on the loop's thread.</summary>
    internal UringLoop(UringLoopOptions? options, Func<UringLoopOptions, IRing> openRing)
        : this(options, openRing, onThisThread: false)
    {
    }

    private UringLoop(UringLoopOptions? options, Func<UringLoopOptions, IRing> openRing, bool onThisThread)
    {
        _options = (options ?? new UringLoopOptions()).Validated();
        _openRing = openRing;
        CountRunning();
        if (onThisThread)
        {
            if (!TryOpen())
            {
                Interlocked.Decrement(ref s_running);
            }

            _failure?.Throw();
            return;
        }

        _thread = new Thread(ThreadMain) { Name = _options.ThreadName, IsBackground = true };
        _thread.UnsafeStart(); // without the caller's execution context, which the loop would keep for ever
        _opened.Wait();
        if (_failure is not null)
        {
            _thread.Join(); // what could not be made leaves no thread, and does not count
            _failure.Throw();
        }
    }

    /// <summary>
    /// Raised on the loop's thread for an exception that escaped from code run on the loop (a posted action, a continuation): the loop goes
    /// on. Also for what befell the loop itself: its ring failed, which ends it, or could not be closed. Without a handler it goes to
    /// <see cref="Trace"/>, and is counted either way.
    /// </summary>
    public event EventHandler<UnhandledExceptionEventArgs>? UnhandledException;

    /// <summary>What stands behind the loop: <see cref="UringBackend.IoUring"/> or <see cref="UringBackend.Epoll"/>.</summary>
    public UringBackend Backend => Capabilities.Backend;

    /// <summary>What the kernel gives this loop; print it into logs.</summary>
    public UringCapabilities Capabilities { get; private set; } = null!;

    /// <summary>True when called on the loop's thread.</summary>
    public bool IsLoopThread => Core.IsLoopThread;

    /// <summary>Code posted here runs on the loop. Current while users' code runs there, which is why <c>await</c> comes back.</summary>
    public SynchronizationContext SynchronizationContext { get; private set; } = null!;

    /// <summary>Tasks started here run on the loop.</summary>
    public TaskScheduler TaskScheduler { get; private set; } = null!;

    /// <summary>What the loop has done and what it holds. A snapshot; exact when the loop is idle or has ended.</summary>
    public UringLoopCounters Counters => Core.Counters;

    internal LoopCore Core => _core!;

    /// <summary>Runs an action on the loop, soon, after what was posted before. Does not wait for it.</summary>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public void Post(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (!PostUserCode(static action => ((Action)action!)(), action))
        {
            throw NewDisposedException();
        }
    }

    /// <summary>Runs asynchronous code on the loop: its awaits resume there. Called on the loop, it starts at once.</summary>
    /// <returns>Completes when the code has; on the thread pool for a caller that is not on the loop.</returns>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public Task RunAsync(Func<Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return RunAsync<object?>(async () =>
        {
            await work().ConfigureAwait(false);
            return null;
        });
    }

    /// <inheritdoc cref="RunAsync(Func{Task})"/>
    /// <typeparam name="T">What the code gives back.</typeparam>
    public Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var run = new RunItem<T>(Core, work);
        if (IsLoopThread)
        {
            run.Start();
            return run.Task;
        }

        return Core.Post(run) ? run.Task : throw NewDisposedException();
    }

    /// <summary>
    /// Ends the loop: fails what waits, cancels what is in flight, closes all sockets, joins the thread. A second call does nothing.
    /// Called on the loop's own thread it only asks, since a thread cannot join itself.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            PostCallback(static core => ((LoopCore)core!).Stop(), Core);
        }

        if (!IsLoopThread)
        {
            _thread?.Join();
        }
    }

    /// <summary>
    /// Makes a loop of the calling thread, which then turns it by <see cref="RunHere"/>: with a simulated ring one thread does everything,
    /// and always in the same order.
    /// </summary>
    internal static UringLoop OpenHere(UringLoopOptions options, Func<UringLoopOptions, IRing> openRing) =>
        new(options, openRing, onThisThread: true);

    /// <summary>Turns the loop of <see cref="OpenHere"/> until it was disposed and has ended.</summary>
    internal void RunHere()
    {
        try
        {
            Core.Run();
        }
        finally
        {
            Interlocked.Decrement(ref s_running);
        }
    }

    /// <summary>
    /// Runs a callback of ours on the loop; false when the loop has ended or ends: then <see cref="LoopCore.DoAfterEnd"/> is what is left.
    /// </summary>
    internal bool PostCallback(SendOrPostCallback callback, object? state) => CallbackItem.Post(Core, callback, state, inContext: false);

    /// <summary>Runs a callback of ours on the loop, or when it has ended: in either case beside nothing else of the loop's.</summary>
    internal void PostAlways(SendOrPostCallback callback, object? state)
    {
        if (!PostCallback(callback, state))
        {
            Core.DoAfterEnd(() => callback(state));
        }
    }

    /// <summary>Runs a user's callback on the loop; false when the loop has ended or ends.</summary>
    internal bool PostUserCode(SendOrPostCallback callback, object? state) => CallbackItem.Post(Core, callback, state, inContext: true);

    internal ObjectDisposedException NewDisposedException() => new(nameof(UringLoop), "The loop has been disposed.");

    /// <summary>Counts the loop from now to the end of its thread. One that spins is refused where no core is left for the rest.</summary>
    private void CountRunning()
    {
        int running = Interlocked.Increment(ref s_running);
        if (_options.SpinBeforeWait > TimeSpan.Zero && running >= Environment.ProcessorCount)
        {
            Interlocked.Decrement(ref s_running);
            throw new ArgumentOutOfRangeException(
                nameof(UringLoopOptions.SpinBeforeWait),
                _options.SpinBeforeWait,
                $"UringLoopOptions.SpinBeforeWait needs fewer loops in the process than cores, and this would be loop {running} " +
                $"on {Environment.ProcessorCount} cores. Leave it at zero, or run fewer loops.");
        }
    }

    private void ThreadMain()
    {
        try
        {
            if (TryOpen())
            {
                LoopMetrics.Add(this, _options.ThreadName);
                Core.Run();
            }
        }
        finally
        {
            Interlocked.Decrement(ref s_running);
            LoopMetrics.Remove(this);
        }
    }

    /// <summary>Opens the ring on the thread that will own it, and tells the constructor how it went.</summary>
    private bool TryOpen()
    {
        IRing? ring = null;
        try
        {
            ring = _openRing(_options);
            Capabilities = UringCapabilities.From(ring.Info);
            _core = new LoopCore(ring, _options, OnUnhandled);
            SynchronizationContext = Core.Context = new LoopSynchronizationContext(this);
            Core.CallInContext(static loop => ((UringLoop)loop!).TaskScheduler = TaskScheduler.FromCurrentSynchronizationContext(), this);
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            ring?.Dispose(); // nothing is in flight: it closes
        }

        _opened.Set();
        return _failure is null;
    }

    private void OnUnhandled(Exception exception)
    {
        EventHandler<UnhandledExceptionEventArgs>? handlers = UnhandledException;
        if (handlers is null)
        {
            Trace.TraceError($"An exception escaped from code run on the loop '{_options.ThreadName}': {exception}");
            return;
        }

        var arguments = new UnhandledExceptionEventArgs(exception, isTerminating: false);
        foreach (EventHandler<UnhandledExceptionEventArgs> handler in Delegate.EnumerateInvocationList(handlers))
        {
            try
            {
                handler(this, arguments);
            }
            catch (Exception e)
            {
                Trace.TraceError($"A handler of UringLoop.UnhandledException threw: {e}");
            }
        }
    }
}
