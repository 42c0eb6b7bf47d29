namespace UringHttp;

/// <summary>
/// Whether a server may be sent requests behind others. One that ends a connection under them is left in peace for a second, and for
/// twice as long each further time, up to five minutes; unless the connection had answered many by then, since most servers limit the
/// requests of a connection (nginx: 1,000). A mutable struct. Loop thread.
/// </summary>
internal struct PipelineTrust
{
    /// <summary>From so many answers on, the end of a connection is no sign of a server that cannot do it.</summary>
    private const int ManyAnswers = 100;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(5);

    private TimeSpan _pause;
    private long _pausedUntil;

    internal readonly bool IsGiven(long now) => now >= _pausedUntil;

    /// <summary>A connection has ended under a pipeline. False when that is held against the server.</summary>
    internal bool OnBroken(long now, int answers)
    {
        if (answers >= ManyAnswers)
        {
            _pause = TimeSpan.Zero;
            return true;
        }

        if (IsGiven(now))
        {
            // Once for all the connections that end together.
            _pause = _pause == TimeSpan.Zero ? s_firstPause : TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, s_longestPause.Ticks));
            _pausedUntil = LoopTimer.Add(now, _pause);
        }

        return false;
    }
}
