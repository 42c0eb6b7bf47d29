using System.Net;

namespace UringHttp;

/// <summary>What became of one URI among many that <see cref="UringHttpClient"/> was asked to get.</summary>
public sealed class UringFetchResult
{
    private readonly TaskCompletionSource _released = new();
    private ReadOnlyMemory<byte> _body;

    internal UringFetchResult(int index, Uri uri, HttpStatusCode status, ReadOnlyMemory<byte> body)
    {
        Index = index;
        Uri = uri;
        StatusCode = status;
        _body = body;
    }

    internal UringFetchResult(int index, Uri uri, Exception failure)
    {
        Index = index;
        Uri = uri;
        Failure = failure;
    }

    /// <summary>The place of the URI among those that were asked for, from 0.</summary>
    public int Index { get; }

    /// <summary>What was asked for.</summary>
    public Uri Uri { get; }

    /// <summary>What the server said; 0 where there is a <see cref="Failure"/>.</summary>
    public HttpStatusCode StatusCode { get; }

    /// <summary>Why there is no response: what <see cref="UringHttpClient.SendAsync"/> throws. Null when there is one.</summary>
    public Exception? Failure { get; }

    /// <summary>
    /// The whole body, in memory that is used again: valid until the next result is asked for, or the callback's task has ended.
    /// </summary>
    /// <exception cref="ObjectDisposedException">It is not valid any more.</exception>
    public ReadOnlyMemory<byte> Body => _released.Task.IsCompleted
        ? throw new ObjectDisposedException(nameof(UringFetchResult), "The memory of this body is another one's by now: copy it in time.")
        : _body;

    /// <summary>Ends when the user is done with it.</summary>
    internal Task Released => _released.Task;

    /// <summary>The user is done with it. Any thread.</summary>
    internal void Release()
    {
        _released.TrySetResult();
        _body = default;
    }
}
