namespace UringHttp;

/// <summary>
/// How a loop calls code that may be a user's: in the loop's context where it asks for that, and so that no exception of it unwinds the
/// loop. Loop thread only (after its end: one thread at a time), but for <see cref="Unhandled"/>.
/// </summary>
internal sealed class UserCode(Action<Exception> onUnhandled)
{
    private long _unhandled;

    /// <summary>Brings the awaits of users' code back to the loop. Current only while it runs: <see cref="CallInContext"/>.</summary>
    internal SynchronizationContext? Context { get; set; }

    /// <summary>How many exceptions were reported.</summary>
    internal long Unhandled => Volatile.Read(ref _unhandled);

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

    /// <summary>Tells of an exception that nobody has caught.</summary>
    internal void Report(Exception exception)
    {
        _unhandled++;
        onUnhandled(exception);
    }
}
