namespace UringHttp;

/// <summary>
/// A request on its way through the engine, and whoever waits for its response. An exchange asks it for what to send, shows it what
/// comes, and tells it the end, once: a response or a failure. Loop thread, from when it is sent to when it is told.
/// </summary>
#pragma warning disable CA1001 // the limit ends when the caller is told, which happens in any case
internal abstract class ExchangeCaller : MailboxItem
#pragma warning restore CA1001
{
    private CancellationToken _ownToken;
    private TokenDeadline? _limit;

    /// <summary>How it is to be sent.</summary>
    internal ExchangeTerms Terms { get; private set; } = null!;

    /// <summary>Ends it.</summary>
    internal CancellationToken Token { get; private set; }

    /// <summary>Whether it went out a second time already, since its first connection was stale.</summary>
    internal bool WasResent { get; set; }

    /// <summary>
    /// The most requests that its connection may have, this one among them, before they are answered. 1: it shares it with no other.
    /// </summary>
    internal int PipelineDepth { get; set; } = 1;

    /// <summary>Whether it was behind others when their connection ended. It goes before all that have not had one yet.</summary>
    internal bool LostPlace { get; set; }

    /// <summary>Where it goes.</summary>
    internal abstract Origin Origin { get; }

    /// <summary>What it asks for; the framing of the response depends on it.</summary>
    internal abstract MethodKind Method { get; }

    /// <summary>Whether it says that its connection must close after it.</summary>
    internal abstract bool AnnouncesClose { get; }

    /// <summary>The request as a message, for users who are shown it when a connection is made.</summary>
    internal abstract HttpRequestMessage Message { get; }

    /// <summary>How it is to be sent, and what ends it: before it is sent.</summary>
    internal void Prepare(ExchangeTerms terms, CancellationToken token)
    {
        Terms = terms;
        Token = _ownToken = token;
        WasResent = false;
        LostPlace = false;
    }

    /// <summary>Limits what it may take in all to its head; the body's part is <see cref="ExchangeTimer"/>'s.</summary>
    internal void LimitTime(LoopCore loop)
    {
        _limit = new TokenDeadline(loop, LoopTimer.Add(Terms.BeganAt, Terms.Settings.TotalTimeout), _ownToken);
        Token = _limit.Token;
    }

    /// <summary>Writes the head.</summary>
    /// <exception cref="HttpRequestException">It holds what no message may hold.</exception>
    /// <exception cref="UringException">There is no memory for it.</exception>
    internal abstract void WriteHead(SendBuffer buffer, HeadPreset preset);

    /// <summary>What is sent behind the head, which the buffer holds; null when that is nothing.</summary>
    internal abstract RequestBody? NewBody(ClientConnection connection, SendBuffer buffer);

    /// <summary>Whether nothing is lost when it is sent again after this failure.</summary>
    internal abstract bool MayResend(Exception cause);

    /// <summary>An interim answer has come.</summary>
    internal abstract void OnInformational(ResponseHeadParser parser, ReadOnlySpan<byte> head);

    /// <summary>The final answer's head has come; its body is the connection's <see cref="ClientConnection.Body"/>.</summary>
    internal abstract void OnHead(ClientConnection connection, ResponseHeadParser parser, ReadOnlySpan<byte> head, bool hasBody);

    /// <summary>From here on the connection speaks another protocol. These bytes of it have come already.</summary>
    internal abstract void OnSwitch(ClientConnection connection, ResponseHeadParser parser, ReadOnlySpan<byte> head, byte[] first);

    /// <summary>What the response came over, for who wants to know.</summary>
    internal abstract void OnReport(UringHttpConnectionInfo info);

    /// <summary>The response is there.</summary>
    /// <param name="finishing">The end of the sending, which never fails, where that goes on; else null.</param>
    internal void Complete(Task? finishing)
    {
        EndLimit();
        OnCompleted(finishing);
    }

    /// <summary>There will be no response.</summary>
    internal void Fail(Exception failure)
    {
        if (failure is OperationCanceledException && _limit is { HasPassed: true })
        {
            failure = HttpErrors.TimedOut(
                HttpErrors.TotalTooLong(
                    Origin, "before the response's head", _limit.Clock - Terms.BeganAt, Terms.Settings.TotalTimeout, failure),
                failure);
        }

        EndLimit();
        OnFailed(failure);
    }

    protected abstract void OnCompleted(Task? finishing);

    protected abstract void OnFailed(Exception failure);

    private void EndLimit()
    {
        if (_limit is not null)
        {
            _limit.Dispose();
            _limit = null;
            Token = _ownToken;
        }
    }
}
