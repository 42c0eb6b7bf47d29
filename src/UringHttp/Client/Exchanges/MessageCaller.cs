using System.Net;
using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>A request message of <see cref="HttpClient"/>'s, and the task of its response. Made for one request.</summary>
internal abstract class MessageCaller(HttpClientEngine engine, HttpRequestMessage request) : ExchangeCaller
{
    /// <summary>Makes the task: one object less than a <see cref="TaskCompletionSource{T}"/>.</summary>
    private AsyncTaskMethodBuilder<HttpResponseMessage> _answer = AsyncTaskMethodBuilder<HttpResponseMessage>.Create();

    internal Task<HttpResponseMessage> Task => _answer.Task;

    internal override Origin Origin => Origin.Of(request.RequestUri!);

    internal override MethodKind Method => MethodKinds.Of(RequestHead.GetName(request.Method).AsSpan());

    internal override bool AnnouncesClose => RequestHead.AnnouncesClose(request);

    internal override HttpRequestMessage Message => request;

    protected HttpClientEngine Engine => engine;

    /// <summary>The response, from its head on.</summary>
    protected HttpResponseMessage? Response { get; private set; }

    internal override void WriteHead(SendBuffer buffer, HeadPreset preset) =>
        RequestHead.Write(
            buffer, request, preset, Terms.Leg?.ProxyAuthorization, CookieRules.GetField(engine.Cookies, request.RequestUri!));

    internal override RequestBody? NewBody(ClientConnection connection, SendBuffer buffer)
    {
        if (request.Content is not { } content)
        {
            return null;
        }

        ContinueGate? gate = request.Headers.ExpectContinue == true && request.Version != HttpVersion.Version10
            ? new ContinueGate(engine.Loop.Core, engine.Options.Expect100ContinueTimeout)
            : null;
        return new RequestBody(
            connection, content, buffer, Terms, gate, isChunked: request.Headers.TransferEncodingChunked == true);
    }

    internal override bool MayResend(Exception cause) => ResendRules.MayResend(request, cause);

    /// <summary>A user who wants to know is told, where he is.</summary>
    internal override void OnInformational(ResponseHeadParser parser, ReadOnlySpan<byte> head)
    {
        if (engine.Options.InformationalResponseReceived is not { } tell)
        {
            return;
        }

        var heads = new ResponseHead(engine.Options.ResponseHeaderEncodingSelector);
        HttpResponseMessage response = heads.Create(parser, head, request, new ByteArrayContent([]));
        if (Terms.CallerIsOnLoop)
        {
            engine.Loop.PostUserCode(static told => ((Action)told!)(), () => tell(response));
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static told => told.tell(told.response), (tell, response), preferLocal: false);
        }
    }

    internal override void OnHead(ClientConnection connection, ResponseHeadParser parser, ReadOnlySpan<byte> head, bool hasBody)
    {
        var body = new ResponseBodyStream(connection, isEmpty: !hasBody, connection.ResponseHead.EncodingsFor(request));
        Response = connection.ResponseHead.Create(parser, head, request, new ResponseContent(body));
        body.Response = Response;
        engine.OnHead(Response, parser.View(head), Terms.Settings);
    }

    internal override void OnSwitch(ClientConnection connection, ResponseHeadParser parser, ReadOnlySpan<byte> head, byte[] first) =>
        Response = connection.ResponseHead.Create(parser, head, request, new ResponseContent(new UpgradedStream(connection, first)));

    internal override void OnReport(UringHttpConnectionInfo info) => request.Options.Set(UringHttpRequestOptions.ConnectionInfo, info);

    /// <summary>The task ends with the response; whoever awaits it goes on in here.</summary>
    protected void Answer(HttpResponseMessage response) => _answer.SetResult(response);

    /// <summary>The task ends without one: cancelled, when the failure says so.</summary>
    protected void Answer(Exception failure) => _answer.SetException(failure);
}
