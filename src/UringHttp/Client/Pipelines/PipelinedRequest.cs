namespace UringHttp;

/// <summary>
/// A request's place in a pipeline, from when it is put there to when its answer is next. Who gives up leaves at once; the place of a
/// request that was sent stays, since its answer will come. Used over and over. Loop thread, but for what says otherwise.
/// </summary>
internal sealed class PipelinedRequest(Pipeline pipeline, UringLoop loop)
{
    private CancellationTokenRegistration _registration;

    /// <summary>Counts the uses: what was posted about an earlier one is told apart.</summary>
    private int _use;

    /// <summary>Who waits for the answer; null when nobody does any more.</summary>
    internal ExchangeCaller? Caller { get; private set; }

    /// <summary>What was asked; the framing of the answer depends on it.</summary>
    internal MethodKind Method { get; private set; }

    /// <summary>How it was to be sent.</summary>
    internal ExchangeTerms Terms { get; private set; } = null!;

    /// <summary>True from when its head is among the bytes to send.</summary>
    internal bool IsSent { get; private set; }

    /// <summary>Whether it was sent while the answer to another one was still to come.</summary>
    internal bool IsAhead { get; private set; }

    /// <summary>When it was sent, in nanoseconds of the loop's clock.</summary>
    internal long SentAt { get; private set; }

    /// <summary>How many bytes its connection had received by then: none of them is of its answer.</summary>
    internal long ReceivedBefore { get; private set; }

    /// <summary>When its caller will have waited too long for the head of the answer.</summary>
    internal long Deadline => Terms.Settings.ResponseHeadTimeout == Timeout.InfiniteTimeSpan
        ? LoopTimer.Never
        : LoopTimer.Add(SentAt, Terms.Settings.ResponseHeadTimeout);

    /// <summary>A request takes the place.</summary>
    internal void Take(ExchangeCaller caller)
    {
        Caller = caller;
        Method = caller.Method;
        Terms = caller.Terms;
        IsSent = false;
        _registration = caller.Token.UnsafeRegister(static request => ((PipelinedRequest)request!).OnTokenCanceled(), this);
    }

    internal void OnSent(long now, bool isAhead, long receivedBefore)
    {
        IsSent = true;
        IsAhead = isAhead;
        SentAt = now;
        ReceivedBefore = receivedBefore;
    }

    /// <summary>The caller has nothing to do with this place any more; null when it has left before.</summary>
    internal ExchangeCaller? Release()
    {
        _registration.Dispose(); // waits for a callback under way, which reads the use
        _registration = default;
        _use++;
        ExchangeCaller? caller = Caller;
        Caller = null;
        return caller;
    }

    /// <summary>Any thread. The caller is told from the top of the loop, and not inside the code that cancels.</summary>
    private void OnTokenCanceled()
    {
        int use = _use;
        loop.PostAlways(_ => OnCanceled(use), null);
    }

    private void OnCanceled(int use)
    {
        if (use == _use)
        {
            pipeline.OnCanceled(this);
        }
    }
}
