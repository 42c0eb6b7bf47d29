namespace UringHttp;

/// <summary>
/// How a loop calls code that may be a user's: in the contexts that it expects, and so that neither an exception nor a context of it
/// stays behind. Loop thread only (after its end: one thread at a time), but for the members that say otherwise.
/// </summary>
internal sealed class UserCode(Action<Exception> onUnhandled)
{
    /// <summary>What the loop's thread began with: the default. Nothing suppresses its flow there, so it is not null.</summary>
    private readonly ExecutionContext _ownExecution = ExecutionContext.Capture()!;

    private long _unhandled;

    /// <summary>Brings the awaits of users' code back to the loop. Current only while it runs: <see cref="CallInContext"/>.</summary>
    internal SynchronizationContext? Context { get; set; }

    /// <summary>How many exceptions were reported. Any thread.</summary>
    internal long Unhandled => Volatile.Read(ref _unhandled);

    /// <summary>
    /// The caller's AsyncLocal values, for code that it leaves with the loop; null where they are none, or must not flow. Any thread.
    /// </summary>
    internal ExecutionContext? CaptureExecution()
    {
        ExecutionContext? execution = ExecutionContext.Capture();
        return execution == _ownExecution ? null : execution;
    }

    /// <summary>Gives the thread what was captured, until <see cref="RestoreExecution"/>. From the top of the loop only.</summary>
    internal static void EnterExecution(ExecutionContext? captured)
    {
        if (captured is not null)
        {
            ExecutionContext.Restore(captured);
        }
    }

    /// <summary>What users' code has set, wherever it was called from, does not reach what runs next.</summary>
    internal void RestoreExecution() => ExecutionContext.Restore(_ownExecution);

    /// <summary>Calls a user's code, so that its awaits come back to the loop.</summary>
    /// <remarks>
    /// Between such calls the thread has no context: with one, the BCL would move the continuation of every task that is awaited
    /// with ConfigureAwait(false), HttpClient's own among them, to the thread pool instead of running it here.
    /// </remarks>
    internal void CallInContext(SendOrPostCallback callback, object? state)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(Context);
        try
        {
            callback(state);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>Calls code that may be a user's: an exception out of it is reported, and never unwinds the loop.</summary>
    internal void Guard<T>(Action<T> action, T argument)
    {
        try
        {
            action(argument);
        }
        catch (Exception e)
        {
            Report(e);
        }
    }

    /// <summary>Tells of an exception that nobody has caught, with the AsyncLocal values of the code that threw it.</summary>
    internal void Report(Exception exception)
    {
        _unhandled++;
        ExecutionContext execution = ExecutionContext.Capture() ?? _ownExecution;
        ExecutionContext.Run(execution, _ => onUnhandled(exception), null); // a handler is a user's code too
    }
}
