using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>The sending of one request's content, alongside the receiving of its response.</summary>
#pragma warning disable CA1001 // disposing the stream would do nothing: it owns neither the socket nor the buffer
internal sealed class RequestBody
#pragma warning restore CA1001
{
    private readonly ClientConnection _connection;
    private readonly HttpContent _content;
    private readonly RequestBodyStream _stream;
    private readonly LoopCore _loop;
    private readonly bool _onLoop;
    private readonly ExecutionContext? _execution;

    /// <param name="connection">Where to send.</param>
    /// <param name="content">What.</param>
    /// <param name="buffer">Holds the head.</param>
    /// <param name="terms">Where the content may run: where its caller is.</param>
    /// <param name="gate">What the content waits for, behind the head; null when it does not.</param>
    /// <param name="isChunked">What the head says of it.</param>
    internal RequestBody(
        ClientConnection connection, HttpContent content, SendBuffer buffer, ExchangeTerms terms, ContinueGate? gate, bool isChunked)
    {
        Gate = gate;
        _execution = terms.Execution;
        _connection = connection;
        _content = content;
        _loop = connection.Transport.Loop.Core;
        _stream = new RequestBodyStream(connection.Transport, buffer, isChunked ? null : content.Headers.ContentLength);

        // Content that is somebody's code runs where the caller is: a caller off the loop must not hold up others on it.
        _onLoop = terms.CallerIsOnLoop || IsInMemory(content);
    }

    /// <summary>What the content waits for before it is sent; null when it does not.</summary>
    internal ContinueGate? Gate { get; }

    /// <summary>The failure of the content itself, when it was that which ended the exchange.</summary>
    internal Exception? ContentFailure { get; private set; }

    /// <summary>Sends head and content. Called on the loop, and ends there.</summary>
    /// <exception cref="Exception">The content failed (then the connection is aborted), or the connection.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask SendAsync(CancellationToken token)
    {
        if (Gate is not null && !await AwaitGateAsync().ConfigureAwait(false))
        {
            throw new OperationCanceledException("The content was not sent: the server's answer came first.");
        }

        try
        {
            await CopyAsync(token).ConfigureAwait(false);
            await _loop.SwitchTo();
            await _stream.FinishAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await _loop.SwitchTo();
            _stream.End();
            if (_stream.SendFailure is null && !_stream.IsAborted)
            {
                // Nobody will finish this message: neither is there a response to wait for.
                ContentFailure = e is IOException ? HttpErrors.ContentFailed(e) : e;
                _connection.Abort();
            }

            throw;
        }
    }

    /// <summary>Nobody wants the rest.</summary>
    internal void Abort() => _stream.Abort();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> AwaitGateAsync()
    {
        await _stream.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        return await Gate!.Decided.ConfigureAwait(false);
    }

    private Task CopyAsync(CancellationToken token)
    {
        if (!_onLoop)
        {
            return Task.Run(() => CopyAsCaller(token), CancellationToken.None);
        }

        Task? copy = null;
        _loop.CallInContext(_ => copy = _content.CopyToAsync(_stream, token), null);
        return copy!;
    }

    private Task CopyAsCaller(CancellationToken token)
    {
        if (_execution is not null)
        {
            ExecutionContext.Restore(_execution);
        }

        return _content.CopyToAsync(_stream, token);
    }

    /// <summary>Contents of the BCL that only copy bytes they hold.</summary>
    private static bool IsInMemory(HttpContent content)
    {
        Type type = content.GetType();
        return type == typeof(ByteArrayContent) || type == typeof(StringContent)
            || type == typeof(FormUrlEncodedContent) || type == typeof(ReadOnlyMemoryContent);
    }
}
