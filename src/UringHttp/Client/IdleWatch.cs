using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>
/// Watches an idle connection with a poll, so that its end (a FIN, a reset, bytes that nobody asked for) is seen when it arrives and
/// not when the next request fails. A connection that is idle for less than a turn is not watched at all: most are not.
/// Loop thread.
/// </summary>
internal sealed class IdleWatch : MailboxItem
{
    private readonly LoopCore _loop;
    private readonly Transport _transport;
    private readonly Action _onEnded;
    private readonly Action _onReadable;
    private ValueTask _poll;
    private bool _idle;
    private bool _queued;
    private bool _polling;
    private bool _stale;

    /// <summary>Watches for a connection; <paramref name="onEnded"/> is called when it has ended while it was idle.</summary>
    internal IdleWatch(LoopCore loop, Transport transport, Action onEnded)
    {
        _loop = loop;
        _transport = transport;
        _onEnded = onEnded;
        _onReadable = OnReadable;
    }

    /// <summary>The connection is idle.</summary>
    internal void Begin()
    {
        _idle = true;
        if (!_polling && !_queued && _transport.CanWaitReadable)
        {
            _queued = true;
            _loop.PostToEndOfTurn(this);
        }
    }

    /// <summary>
    /// The connection is used. A poll that is under way stays: cancelling costs more, and the response ends it anyway.
    /// </summary>
    internal void End()
    {
        _idle = false;
        _stale = _polling;
    }

    /// <summary>The end of the turn: still idle, so it is watched.</summary>
    internal override void Execute()
    {
        _queued = false;
        if (_idle && !_transport.IsClosing)
        {
            Poll();
        }
    }

    private void Poll()
    {
        _polling = true;
        _stale = false;
#pragma warning disable CA2012 // consumed exactly once, by OnReadable: an async method would allocate for each idle spell
        _poll = _transport.WaitReadableAsync();
#pragma warning restore CA2012
        ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter awaiter = _poll.ConfigureAwait(false).GetAwaiter();
        if (awaiter.IsCompleted)
        {
            OnReadable(); // refused: hooked up now, it would go on on the thread pool
        }
        else
        {
            awaiter.UnsafeOnCompleted(_onReadable);
        }
    }

    private void OnReadable()
    {
        _polling = false;
        bool failed = false;
        try
        {
            _poll.GetAwaiter().GetResult();
        }
        catch (Exception)
        {
            failed = true;
        }

        if (!_idle)
        {
            return;
        }

        if (_stale && !failed)
        {
            Poll(); // what it saw was the response of an exchange since: look again
        }
        else
        {
            _idle = false;
            _onEnded();
        }
    }
}
