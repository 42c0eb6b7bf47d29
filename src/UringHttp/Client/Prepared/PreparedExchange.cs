using System.Threading.Tasks.Sources;

namespace UringHttp;

/// <summary>
/// A prepared request under way, and then its response: what stands behind <see cref="UringHttpResponse"/>. Used over and over, and
/// with all that it has: in the steady state nothing is allocated. Loop thread.
/// </summary>
internal sealed class PreparedExchange(UringHttpClient client, HttpClientEngine engine)
    : ExchangeCaller, IValueTaskSource<UringHttpResponse>
{
    private readonly HeaderList _fields = new();
    private byte[] _head = new byte[1024];
    private int _headLength;
    private UringHttpRequest _request = null!;
    private LoopSource<UringHttpResponse> _source;
    private Exception? _failure;

    internal override Origin Origin => _request.Origin;

    internal override MethodKind Method => _request.Kind;

    internal override bool AnnouncesClose => _request.AnnouncesClose;

    internal override HttpRequestMessage Message => _request.Message;

    /// <summary>Counts the uses: a handle of an earlier one is told apart.</summary>
    internal int Use { get; private set; }

    internal int StatusCode { get; private set; }

    internal ProtocolVersion Version { get; private set; }

    internal long? ContentLength { get; private set; }

    internal HeaderView Fields => new(_head.AsSpan(0, _headLength), _fields);

    internal LoopBody Body { get; } = new(engine.Loop.Core);

    internal UringHttpConnectionInfo? ConnectionInfo { get; private set; }

    internal UringHttpRequest Request => _request;

    private LoopCore Loop => engine.Loop.Core;

    /// <summary>Sends a request; the response is this object, until it is disposed.</summary>
    internal ValueTask<UringHttpResponse> SendAsync(UringHttpRequest request, ExchangeTerms terms, CancellationToken token)
    {
        Use++;
        _request = request;
        _failure = null;
        ConnectionInfo = null;
        _source.Reset();
        Prepare(terms, token);
        PipelineDepth = request.MayPipeline ? client.MaxPipelineDepth : 1;
        engine.Send(this);
        return new ValueTask<UringHttpResponse>(this, _source.Version);
    }

    /// <summary>The user is done with the response.</summary>
    internal void Dispose(int use)
    {
        if (use == Use)
        {
            Use++;
            Body.Close();
            client.Recycle(this);
        }
    }

    /// <summary>Nobody has it: what is kept for another use keeps nothing of its last user.</summary>
    internal void Forget()
    {
        Prepare(Terms, CancellationToken.None);
        _request = null!;
        _failure = null;
        ConnectionInfo = null;
        _source.Reset();
        Body.Forget();
    }

    internal override void Execute() => throw new InvalidOperationException("A caller on the loop is not sent through the mailbox.");

    internal override void WriteHead(SendBuffer buffer, HeadPreset preset) => _request.Write(buffer, preset);

    internal override RequestBody? NewBody(ClientConnection connection, SendBuffer buffer) => _request.LongContent is { } content
        ? new RequestBody(connection, content, buffer, Terms, gate: null, isChunked: false)
        : null;

    internal override bool MayResend(Exception cause) => ResendRules.MayResend(_request.Message, cause);

    /// <summary>Interim answers are for users of the handler.</summary>
    internal override void OnInformational(ResponseHeadParser parser, ReadOnlySpan<byte> head)
    {
    }

    internal override void OnHead(ClientConnection connection, ResponseHeadParser parser, ReadOnlySpan<byte> head, bool hasBody)
    {
        StatusCode = parser.StatusCode;
        Version = parser.Version;
        ContentLength = hasBody && connection.Body.Missing > 0 ? connection.Body.Missing : hasBody ? null : 0;
        if (_head.Length < head.Length)
        {
            _head = new byte[head.Length * 2];
        }

        head.CopyTo(_head);
        _headLength = head.Length;
        _fields.CopyFrom(parser.Fields);
        Body.Open(connection, hasBody);
    }

    internal override void OnSwitch(ClientConnection connection, ResponseHeadParser parser, ReadOnlySpan<byte> head, byte[] first) =>
        throw new NotSupportedException("The server switches protocols, which a prepared request cannot follow: use UringHttpHandler.");

    internal override void OnReport(UringHttpConnectionInfo info) => ConnectionInfo = info;

    UringHttpResponse IValueTaskSource<UringHttpResponse>.GetResult(short token)
    {
        // A result that was taken is refused here. One that is not there yet is refused below: then this is in use.
        bool isThere = _source.GetStatus(token) != ValueTaskSourceStatus.Pending;
        try
        {
            return _source.GetResult(token);
        }
        catch when (isThere)
        {
            client.Recycle(this); // there is no response that anybody could dispose
            throw;
        }
    }

    ValueTaskSourceStatus IValueTaskSource<UringHttpResponse>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<UringHttpResponse>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(Loop, continuation, state, token, flags);

    protected override void OnCompleted(Task? finishing) => Tell();

    protected override void OnFailed(Exception failure)
    {
        _failure = failure;
        Tell();
    }

    private void Tell()
    {
        if (_source.TakeContextWish())
        {
            Loop.CallInContext(static exchange => ((PreparedExchange)exchange!).Complete(), this);
        }
        else
        {
            Complete();
        }
    }

    private void Complete()
    {
        if (_failure is null)
        {
            _source.SetResult(new UringHttpResponse(this));
        }
        else
        {
            _source.SetException(_failure);
        }
    }
}
