namespace UringHttp.Tests.Support;

/// <summary>A time in which nobody waits: a delay that is asked for has passed. Delays are kept, to be looked at.</summary>
internal sealed class HastyTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<TimeSpan> _delays = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What was waited for, in its order.</summary>
    internal IReadOnlyList<TimeSpan> Delays
    {
        get
        {
            lock (_lock)
            {
                return [.. _delays];
            }
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    internal void Advance(TimeSpan span)
    {
        lock (_lock)
        {
            _now += span;
        }
    }

    private sealed class Timer(HastyTime time, TimerCallback callback, object? state) : ITimer
    {
        private bool _ended;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (Volatile.Read(ref _ended) || dueTime < TimeSpan.Zero)
            {
                return !_ended;
            }

            lock (time._lock)
            {
                time._delays.Add(dueTime);
            }

            time.Advance(dueTime);
            ThreadPool.QueueUserWorkItem(_ => Fire());
            return true;
        }

        public void Dispose() => Volatile.Write(ref _ended, true);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Fire()
        {
            if (!Volatile.Read(ref _ended))
            {
                callback(state);
            }
        }
    }
}
