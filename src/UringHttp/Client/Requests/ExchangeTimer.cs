using System.Diagnostics;

namespace UringHttp;

/// <summary>
/// Ends an exchange that keeps its caller waiting: for the head, for bytes of the body, or for the end of it all. A connection that
/// serves requests with such limits has one. Loop thread, but for what says otherwise.
/// </summary>
internal sealed class ExchangeTimer
{
    private readonly LoopCore _loop;
    private readonly ClientConnection _connection;
    private readonly LoopTimer _timer;
    private ExchangeTerms _terms = null!;
    private Phase _phase;
    private long _phaseBegan;

    /// <summary>Since when a read of the body waits for the peer, on the loop's clock; 0 while none does.</summary>
    private long _readBegan;
    private volatile TimeoutException? _failure;

    internal ExchangeTimer(LoopCore loop, ClientConnection connection)
    {
        _loop = loop;
        _connection = connection;
        _timer = new LoopTimer(OnDue);
    }

    /// <summary>What the caller waits for.</summary>
    private enum Phase
    {
        /// <summary>Nothing that is limited here.</summary>
        None,

        /// <summary>The request is being sent.</summary>
        Sending,

        /// <summary>The request is sent, and there is no head yet.</summary>
        Head,

        /// <summary>The head is there.</summary>
        Body,
    }

    /// <summary>What was waited for too long; null when nothing was. Any thread.</summary>
    internal TimeoutException? Failure => _failure;

    /// <summary>An exchange begins.</summary>
    internal void OnExchange(ExchangeTerms terms)
    {
        _terms = terms;
        _failure = null;
        _readBegan = 0;
        Enter(Phase.Sending, LoopTimer.Never);
    }

    /// <summary>The request has been sent. Its answer may be here already.</summary>
    internal void OnRequestSent() => OnRequestSent(Clock);

    /// <summary>The request was sent at that moment.</summary>
    internal void OnRequestSent(long moment)
    {
        if (_phase == Phase.Sending)
        {
            Enter(Phase.Head, Deadline(moment, _terms.Settings.ResponseHeadTimeout));
            _phaseBegan = moment;
        }
    }

    /// <summary>The head is there, and the rest is read when its reader pleases.</summary>
    internal void OnHead()
    {
        if (_phase == Phase.None)
        {
            return; // an exchange without limits, on a connection that had one with them before
        }

        Enter(Phase.Body, LoopTimer.Never);
        ScheduleBody(Clock);
    }

    /// <summary>The exchange is over, or nobody reads the rest of it.</summary>
    internal void OnEnd() => Enter(Phase.None, LoopTimer.Never);

    /// <summary>The connection closes. Only cleared, the timer would keep it, closed as it is, until its old deadline.</summary>
    internal void OnClosing()
    {
        OnEnd();
        _loop.Timers.Remove(_timer);
    }

    /// <summary>A read begins to wait for the peer. Any thread.</summary>
    internal void OnReadBegins() => Volatile.Write(ref _readBegan, Clock);

    /// <summary>The read has what it waited for. Any thread.</summary>
    internal void OnReadEnds() => Volatile.Write(ref _readBegan, 0);

    private long Clock => _loop.Ring.Now;

    private static long Deadline(long since, TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan ? LoopTimer.Never : LoopTimer.Add(since, timeout);

    private void Enter(Phase phase, long deadline)
    {
        _phase = phase;
        _phaseBegan = Clock;
        if (deadline == LoopTimer.Never)
        {
            LoopTimers.Clear(_timer);
        }
        else
        {
            _loop.Timers.Set(_timer, deadline);
        }
    }

    /// <summary>
    /// Reads begin and end on any thread and say so by a field only: the timer looks at it when the wait could be over at the earliest.
    /// </summary>
    private void ScheduleBody(long now)
    {
        long readBegan = Volatile.Read(ref _readBegan);
        long idle = Deadline(readBegan == 0 ? now : readBegan, _terms.Settings.ReadIdleTimeout);
        long next = Math.Min(idle, Deadline(_terms.BeganAt, _terms.Settings.TotalTimeout));
        if (next != LoopTimer.Never)
        {
            _loop.Timers.Set(_timer, next);
        }
    }

    private void OnDue()
    {
        long now = Clock;
        switch (_phase)
        {
            case Phase.Head:
                Fail(HttpErrors.HeadTooLate(_connection.Route, now - _phaseBegan, _terms.Settings.ResponseHeadTimeout));
                break;
            case Phase.Body when Deadline(_terms.BeganAt, _terms.Settings.TotalTimeout) <= now:
                Fail(HttpErrors.TotalTooLong(
                    _connection.Origin, "within the response's body", now - _terms.BeganAt, _terms.Settings.TotalTimeout));
                break;
            case Phase.Body when Volatile.Read(ref _readBegan) is not 0 and var began
                && Deadline(began, _terms.Settings.ReadIdleTimeout) <= now:
                Fail(HttpErrors.BodyIdle(_connection.Route, now - began, _terms.Settings.ReadIdleTimeout));
                break;
            case Phase.Body:
                ScheduleBody(now);
                break;
            default:
                throw new UnreachableException($"A limit was met in the phase {_phase}, which has none.");
        }
    }

    private void Fail(TimeoutException failure)
    {
        _failure = failure;
        _connection.Abort();
    }
}
