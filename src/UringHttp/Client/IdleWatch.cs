namespace UringHttp;

/// <summary>
/// Watches an idle connection with a poll, so that its end (a FIN, a reset, bytes that nobody asked for) is seen when it arrives and
/// not when the next request fails. A connection that is idle for less than a turn is not watched at all: most are not.
/// Loop thread.
/// </summary>
internal sealed class IdleWatch(ClientConnection connection) : SocketPoll
{
    private bool _isQueued;
    private Poll _poll;
    private bool _isIdle;

    private enum Poll
    {
        None,

        /// <summary>What it sees is news of an idle connection.</summary>
        Fresh,

        /// <summary>The connection was used since it began: what it sees may be the response.</summary>
        Stale,
    }

    /// <summary>The connection is idle.</summary>
    internal void Begin()
    {
        _isIdle = true;
        if (_poll == Poll.None && !_isQueued && connection.Transport.CanWaitReadable)
        {
            _isQueued = true;
            connection.Transport.Loop.Core.PostToEndOfTurn(this);
        }
    }

    /// <summary>
    /// The connection is used. A poll that is under way stays: cancelling costs more, and the response ends it anyway.
    /// </summary>
    internal void End()
    {
        _isIdle = false;
        if (_poll == Poll.Fresh)
        {
            _poll = Poll.Stale;
        }
    }

    /// <summary>The end of the turn: still idle, so it is watched.</summary>
    internal override void Execute()
    {
        _isQueued = false;
        if (_isIdle && !connection.Transport.IsClosing)
        {
            Watch();
        }
    }

    internal override void OnReadable(bool isClosing)
    {
        bool wasStale = _poll == Poll.Stale;
        _poll = Poll.None;
        if (!_isIdle)
        {
            return;
        }

        if (wasStale && !isClosing)
        {
            Watch(); // it may have seen the response of an exchange since: look again
        }
        else
        {
            _isIdle = false;
            connection.OnIdleEnded();
        }
    }

    private void Watch()
    {
        _poll = Poll.Fresh;
        connection.Transport.Watch(this);
    }
}
