using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.Win32.SafeHandles;

namespace UringHttp;

/// <summary>
/// The response to a prepared request: a handle of what the client uses again once this is disposed. Dispose it, and read nothing of
/// it afterwards: all members but <see cref="Dispose"/> then throw <see cref="ObjectDisposedException"/>. On the loop's thread only.
/// </summary>
public readonly struct UringHttpResponse : IDisposable, IEquatable<UringHttpResponse>
{
    private readonly PreparedExchange _exchange;
    private readonly int _use;

    internal UringHttpResponse(PreparedExchange exchange)
    {
        _exchange = exchange;
        _use = exchange.Use;
    }

    /// <summary>The status, 200 to 999.</summary>
    public HttpStatusCode StatusCode => (HttpStatusCode)Exchange.StatusCode;

    /// <summary>Whether the status is 200 to 299.</summary>
    public bool IsSuccessStatusCode => Exchange.StatusCode is >= 200 and <= 299;

    /// <summary>The fields of the head, over the bytes that were received. Valid until this is disposed.</summary>
    public HeaderView Headers => Exchange.Fields;

    /// <summary>The length of the body in bytes; null when only its end will tell.</summary>
    public long? ContentLength => Exchange.ContentLength;

    /// <summary>The fields behind a chunked body, when it has been read to its end; empty when there were none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Trailers => Exchange.Body.Trailers ?? [];

    /// <summary>The request that it answers.</summary>
    public UringHttpRequest Request => Exchange.Request;

    /// <summary>What it came over, where <see cref="UringHttpHandlerOptions.ReportConnectionInfo"/> is on; else null.</summary>
    public UringHttpConnectionInfo? ConnectionInfo => Exchange.ConnectionInfo;

    private PreparedExchange Exchange => _exchange is not null && _exchange.Use == _use
        ? _exchange
        : throw new ObjectDisposedException(nameof(UringHttpResponse), "The response was disposed, and may be another one by now.");

    /// <summary>The next bytes of the body, where they were received: no copy. Empty at its end.</summary>
    /// <param name="cancellationToken">Ends the wait, and the connection.</param>
    /// <returns>A loan: valid until the next read, or until this is disposed.</returns>
    /// <exception cref="HttpIOException">The connection failed or ended too early, or the body breaks a rule of HTTP.</exception>
    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken = default) =>
        Exchange.Body.ReadAsync(cancellationToken);

    /// <summary>Reads into the caller's memory, which is held until then.</summary>
    /// <param name="destination">Where to; the longer the better.</param>
    /// <param name="cancellationToken">Ends the wait, and the connection.</param>
    /// <returns>The number of bytes; 0 at the end of the body.</returns>
    /// <exception cref="HttpIOException">As with the other <c>ReadAsync</c>.</exception>
    public ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default) =>
        Exchange.Body.ReadAsync(destination, cancellationToken);

    /// <summary>Reads the whole body into an array of its length.</summary>
    /// <exception cref="HttpIOException">As with <c>ReadAsync</c>.</exception>
    /// <exception cref="InvalidOperationException">The body is longer than an array can be.</exception>
    public ValueTask<byte[]> ReadAsByteArrayAsync(CancellationToken cancellationToken = default) =>
        BodyCopies.ToArrayAsync(Exchange.Body, Exchange.ContentLength, cancellationToken);

    /// <summary>Writes the rest of the body.</summary>
    /// <returns>The number of bytes.</returns>
    /// <exception cref="HttpIOException">As with <c>ReadAsync</c>.</exception>
    public ValueTask<long> CopyToAsync(IBufferWriter<byte> destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return BodyCopies.ToWriterAsync(Exchange.Body, destination, cancellationToken);
    }

    /// <summary>Writes the rest of the body, and waits wherever the reader of the pipe is behind. Does not complete the pipe.</summary>
    /// <returns>The number of bytes; fewer than the body has when the reader of the pipe has ended.</returns>
    /// <exception cref="HttpIOException">As with <c>ReadAsync</c>.</exception>
    public ValueTask<long> CopyToAsync(PipeWriter destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return BodyCopies.ToPipeAsync(Exchange.Body, destination, cancellationToken);
    }

    /// <summary>
    /// Writes the rest of the body into a file, from an offset on. The loop waits for each write: that is short with a page cache, and
    /// long without one.
    /// </summary>
    /// <returns>The number of bytes.</returns>
    /// <exception cref="HttpIOException">As with <c>ReadAsync</c>.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public ValueTask<long> CopyToAsync(SafeFileHandle destination, long fileOffset = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return BodyCopies.ToFileAsync(Exchange.Body, destination, fileOffset, cancellationToken);
    }

    /// <summary>Gives up what was not read, and gives the rest back to the client. A second call does nothing.</summary>
    public void Dispose() => _exchange?.Dispose(_use);

    /// <summary>Whether it is the same response.</summary>
    public bool Equals(UringHttpResponse other) => _exchange == other._exchange && _use == other._use;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is UringHttpResponse other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_exchange, _use);

    /// <summary>Whether they are the same response.</summary>
    public static bool operator ==(UringHttpResponse left, UringHttpResponse right) => left.Equals(right);

    /// <summary>Whether they are different responses.</summary>
    public static bool operator !=(UringHttpResponse left, UringHttpResponse right) => !left.Equals(right);
}
