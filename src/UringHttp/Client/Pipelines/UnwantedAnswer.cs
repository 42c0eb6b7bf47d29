using System.Diagnostics;

namespace UringHttp;

/// <summary>
/// Takes the answer to a request whose caller has given up after it was sent: those behind it wait for theirs. Within the limits of
/// every body that nobody wants; beyond them the connection is closed, and those behind go elsewhere. Loop thread.
/// </summary>
#pragma warning disable CA1001 // the limit ends when the answer's head is there, or there will be none
internal sealed class UnwantedAnswer : ExchangeCaller
#pragma warning restore CA1001
{
    private readonly TokenDeadline _limit;
    private readonly LoopBody _body;

    internal UnwantedAnswer(HttpClientEngine engine, PipelinedRequest request, Origin origin)
    {
        LoopCore loop = engine.Loop.Core;
        TimeSpan timeout = engine.Options.ResponseDrainTimeout;
        _limit = new TokenDeadline(
            loop, timeout == Timeout.InfiniteTimeSpan ? LoopTimer.Never : loop.DeadlineAfter(timeout), CancellationToken.None);
        _body = new LoopBody(loop);
        Origin = origin;
        Method = request.Method;
        Prepare(request.Terms, _limit.Token);
    }

    internal override Origin Origin { get; }

    internal override MethodKind Method { get; }

    internal override bool AnnouncesClose => false;

    internal override HttpRequestMessage Message => throw NotSent();

    /// <summary>Whether the options allow to receive what nobody wants.</summary>
    internal static bool IsAllowed(UringHttpHandlerOptions options) =>
        options.MaxResponseDrainSize > 0 && options.ResponseDrainTimeout != TimeSpan.Zero;

    internal override void Execute() => throw NotSent();

    internal override void WriteHead(SendBuffer buffer, HeadPreset preset) => throw NotSent();

    internal override RequestBody? NewBody(ClientConnection connection, SendBuffer buffer) => throw NotSent();

    internal override bool MayResend(Exception cause) => false;

    internal override void OnInformational(ResponseHeadParser parser, ReadOnlySpan<byte> head)
    {
    }

    internal override void OnHead(ClientConnection connection, ResponseHeadParser parser, ReadOnlySpan<byte> head, bool hasBody) =>
        _body.Open(connection, hasBody);

    internal override void OnSwitch(ClientConnection connection, ResponseHeadParser parser, ReadOnlySpan<byte> head, byte[] first) =>
        throw new NotSupportedException("The server switches protocols, which nobody has asked for.");

    internal override void OnReport(UringHttpConnectionInfo info)
    {
    }

    protected override void OnCompleted(Task? finishing)
    {
        _limit.Dispose();
        _body.Close();
    }

    protected override void OnFailed(Exception failure) => _limit.Dispose();

    private static UnreachableException NotSent() => new("It stands for a request that was sent before.");
}
