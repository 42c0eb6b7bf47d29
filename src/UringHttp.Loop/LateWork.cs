using System.Diagnostics.CodeAnalysis;

namespace UringHttp;

/// <summary>
/// Work that belongs on a loop which has refused it: it waits until the loop's last turn is over, so that it never runs beside the loop.
/// The loop's thread does what waits then, as the last thing that it does; what comes later is done by the thread that brings it.
/// </summary>
/// <remarks>
/// One piece at a time in either case. Who brings work while some is being done leaves it to that thread, and waits for nobody: the
/// work that is confined to a loop needs no lock after its end either, and there is nothing to deadlock on.
/// </remarks>
internal sealed class LateWork(UserCode userCode)
{
    private readonly Lock _lock = new();
    private readonly Queue<Action> _waiting = new();

    /// <summary>True exactly while some thread is answerable for what waits: from the beginning to its end the loop's.</summary>
    private bool _isBeingDone = true;

    /// <summary>Leaves work that the loop has refused. Any thread.</summary>
    internal void Add(Action work)
    {
        lock (_lock)
        {
            _waiting.Enqueue(work);
            if (_isBeingDone)
            {
                return;
            }

            _isBeingDone = true;
        }

        DoAll();
    }

    /// <summary>Does what waits, and what comes meanwhile. Called by the loop's thread after its last turn.</summary>
    internal void DoAll()
    {
        while (TryTake(out Action? work))
        {
            userCode.Guard(static work => work(), work);
        }
    }

    private bool TryTake([NotNullWhen(true)] out Action? work)
    {
        lock (_lock)
        {
            return _isBeingDone = _waiting.TryDequeue(out work);
        }
    }
}
