namespace UringHttp.Simulation;

/// <summary>Lets callers on the loop sleep in simulated time, and be told things at a moment. The loop's end wakes them all.</summary>
internal sealed class Sleeper
{
    private readonly World _world;
    private readonly UringLoop _loop;
    private readonly HashSet<TaskCompletionSource> _asleep = [];
    private bool _isOver;

    public Sleeper(World world, UringLoop loop)
    {
        _world = world;
        _loop = loop;
        loop.Core.Stopping += WakeAll;
    }

    public Task Sleep(long nanoseconds)
    {
        var sleep = new TaskCompletionSource();
        if (_isOver || nanoseconds == 0)
        {
            return Task.CompletedTask;
        }

        // Not as a user's code: with a context there, who awaits without one would go on on the thread pool.
        _asleep.Add(sleep);
        _world.After(nanoseconds, () =>
        {
            _loop.PostCallback(_ =>
            {
                _asleep.Remove(sleep);
                sleep.TrySetResult();
            },
            null);
            _loop.Core.Ring.Wake();
        });
        return sleep.Task;
    }

    /// <summary>Runs something on the loop after a while, as another thread would have it run there; not after the loop's end.</summary>
    public void At(long delay, Action action) => _world.After(delay, () =>
    {
        if (!_isOver)
        {
            _loop.Post(action);
            _loop.Core.Ring.Wake();
        }
    });

    private void WakeAll()
    {
        _isOver = true;
        foreach (TaskCompletionSource sleep in _asleep.ToArray())
        {
            sleep.TrySetResult();
        }
    }
}
