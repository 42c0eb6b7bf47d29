namespace UringHttp;

/// <summary>
/// What a decoder makes of a body, as long as it stays within reason: a few kilobytes can decode to gigabytes (a bomb). The bytes
/// that come out of each decoder are compared with those that came in by the network. At the end of what was decoded, the end of
/// the body is waited for, so that one that was cut off is not taken for whole, and its connection comes free.
/// </summary>
internal sealed class DecodedStream(Stream decoder, DecodedStream.Source source, UringHttpHandlerOptions options) : ReadOnlyStream
{
    private readonly byte[] _rest = new byte[1];
    private long _decoded;
    private bool _ended;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = Count(await decoder.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));
        if (count == 0 && !buffer.IsEmpty && !_ended)
        {
            _ended = true;
            await source.ReadAsync(_rest, cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

    public override int Read(Span<byte> buffer)
    {
        int count = Count(decoder.Read(buffer));
        if (count == 0 && !buffer.IsEmpty && !_ended)
        {
            _ended = true;
            _ = source.Read(_rest);
        }

        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            decoder.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Count(int count)
    {
        _decoded += count;
        if (_decoded > options.MaxUncheckedDecompressedBytes && _decoded / options.MaxDecompressionRatio > source.Received)
        {
            throw HttpErrors.DecompressionBomb(source.Received, _decoded, options.MaxDecompressionRatio);
        }

        return count;
    }

    /// <summary>The body as it came, counted.</summary>
    internal sealed class Source(Stream body) : ReadOnlyStream
    {
        /// <summary>Bytes that were read so far.</summary>
        internal long Received { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            Received += count;
            return count;
        }

        public override int Read(Span<byte> buffer)
        {
            int count = body.Read(buffer);
            Received += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                body.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
