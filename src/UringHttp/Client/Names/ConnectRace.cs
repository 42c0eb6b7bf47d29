using System.Net;

namespace UringHttp;

/// <summary>
/// Attempts to connect to the addresses of one host, in their order, each begun some time after the one before, or as soon as one has
/// failed (RFC 8305 §5). The first that connects wins; the others are cancelled, and closed by themselves. Loop thread.
/// </summary>
internal sealed class ConnectRace : IDisposable
{
    private readonly UringLoop _loop;
    private readonly Attempt[] _attempts;
    private readonly TimeSpan _delay;
    private readonly CancellationToken _token;
    private readonly CancellationTokenSource _cancel;
    private readonly LoopWaiter<UringSocket?> _end;
    private readonly LoopTimer _next;
    private int _begun;
    private int _running;
    private bool _isDue;
    private bool _isBeginning;
    private bool _decided;

    /// <summary>A race to these addresses.</summary>
    /// <param name="loop">Where.</param>
    /// <param name="addresses">At least one, in the order in which they are tried.</param>
    /// <param name="delay">From the begin of one attempt to that of the next; infinite: the next begins when one has failed.</param>
    /// <param name="token">Ends all attempts.</param>
    internal ConnectRace(UringLoop loop, IPEndPoint[] addresses, TimeSpan delay, CancellationToken token)
    {
        _loop = loop;
        _attempts = [.. addresses.Select(address => new Attempt(address))];
        _delay = delay;
        _token = token;
        _cancel = CancellationTokenSource.CreateLinkedTokenSource(token);
        _end = new LoopWaiter<UringSocket?>(loop);
        _next = new LoopTimer(BeginNext);
    }

    /// <summary>What each attempt failed with, in the order of the attempts.</summary>
    internal IEnumerable<Exception> Failures => _attempts.Select(attempt => attempt.Failure).OfType<Exception>();

    /// <summary>The address that connected.</summary>
    internal IPEndPoint? Winner { get; private set; }

    /// <summary>The socket that connected; null when none did.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The loop ends.</exception>
    internal ValueTask<UringSocket?> RunAsync()
    {
        ValueTask<UringSocket?> end = _end.WaitAsync(CancellationToken.None); // the attempts end by the token, and with them the race
        BeginNext();
        return end;
    }

    /// <summary>The addresses that failed, and those that gave no answer in the time that one of them may take.</summary>
    internal IEnumerable<IPEndPoint> FindDead() =>
        from attempt in _attempts[.._begun]
        where attempt.Address != Winner && (attempt.Failure is not null || attempt.HadTime(_delay))
        select attempt.Address;

    /// <summary>Read at once, as deadlines are: a turn may have begun long ago.</summary>
    private long Clock => _loop.Core.Ring.Now;

    public void Dispose() => _cancel.Dispose();

    /// <summary>Begins the next attempt. One that fails at once makes the next due: that is seen here, not deeper on the stack.</summary>
    private void BeginNext()
    {
        _isDue = true;
        if (_isBeginning)
        {
            return;
        }

        _isBeginning = true;
        while (_isDue && !_decided && _begun < _attempts.Length)
        {
            _isDue = false;
            _running++;
            _ = RunAsync(_attempts[_begun++]);
            ScheduleNext();
        }

        _isBeginning = false;
        if (_running == 0)
        {
            Decide(null, null);
        }
    }

    private void ScheduleNext()
    {
        if (!_decided && _begun < _attempts.Length && _delay != Timeout.InfiniteTimeSpan)
        {
            _loop.Core.Timers.Set(_next, _loop.Core.DeadlineAfter(_delay));
        }
        else
        {
            LoopTimers.Clear(_next);
        }
    }

    /// <summary>One attempt, to its end. Never throws.</summary>
    private async Task RunAsync(Attempt attempt)
    {
        UringSocket? socket = null;
        Exception? failure = null;
        attempt.Begin(Clock);
        try
        {
            socket = await UringSocket.ConnectAsync(_loop, attempt.Address, cancellationToken: _cancel.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
        }

        await _loop.Core.SwitchTo();
        _running--;
        if (_decided)
        {
            socket?.Dispose(); // it came too late
        }
        else if (socket is not null)
        {
            Winner = attempt.Address;
            Decide(socket, null);
        }
        else if (failure is ObjectDisposedException)
        {
            Decide(null, failure);
        }
        else if (_token.IsCancellationRequested)
        {
            string tried = string.Join(", ", _attempts[.._begun].Select(attempt => attempt.Address));
            Decide(null, new OperationCanceledException($"Connecting was given up; tried so far: {tried}.", _token));
        }
        else
        {
            attempt.Failure = failure;
            BeginNext();
        }
    }

    private void Decide(UringSocket? socket, Exception? failure)
    {
        if (_decided)
        {
            return;
        }

        _decided = true;
        long now = Clock;
        foreach (Attempt attempt in _attempts[.._begun])
        {
            attempt.End(now);
        }

        _loop.Core.Timers.Remove(_next);
        _cancel.Cancel();
        _ = failure is null ? _end.TryGive(socket) : _end.TryFail(failure);
    }

    /// <summary>One address, and how it went.</summary>
    private sealed class Attempt(IPEndPoint address)
    {
        private long _begin;
        private long _end;

        internal IPEndPoint Address => address;

        internal Exception? Failure { get; set; }

        internal void Begin(long now) => _begin = now;

        internal void End(long now) => _end = now;

        /// <summary>Whether it was under way for so long at least when the race was decided.</summary>
        internal bool HadTime(TimeSpan span) => span != Timeout.InfiniteTimeSpan && _end >= LoopTimer.Add(_begin, span);
    }
}
