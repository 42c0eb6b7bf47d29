using System.IO.Compression;

namespace UringHttp;

/// <summary>
/// Undoes the coding "deflate", which is zlib's format (RFC 9110 §8.4.1.2), but which some servers send without zlib's wrapper. The
/// first byte tells: its low four bits are 8 in zlib's header, and in no raw stream that an encoder writes.
/// </summary>
internal sealed class DeflateDecoder(Stream encoded) : ReadOnlyStream
{
    private const int ZLibMethod = 8;

    private readonly byte[] _first = new byte[1];
    private Stream? _decoder;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_decoder is null)
        {
            _decoder = Choose(await encoded.ReadAsync(_first, cancellationToken).ConfigureAwait(false));
        }

        return await _decoder.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    public override int Read(Span<byte> buffer) => (_decoder ??= Choose(encoded.Read(_first))).Read(buffer);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder?.Dispose();
            encoded.Dispose();
        }

        base.Dispose(disposing);
    }

    private Stream Choose(int count)
    {
        var whole = new Rejoined(_first.AsMemory(0, count), encoded);
        return (_first[0] & 0x0F) == ZLibMethod
            ? new ZLibStream(whole, CompressionMode.Decompress)
            : new DeflateStream(whole, CompressionMode.Decompress);
    }

    /// <summary>A stream of which the first bytes have been read already.</summary>
    private sealed class Rejoined(Memory<byte> first, Stream rest) : ReadOnlyStream
    {
        private Memory<byte> _first = first;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _first.IsEmpty ? rest.ReadAsync(buffer, cancellationToken) : new ValueTask<int>(TakeFirst(buffer.Span));

        public override int Read(Span<byte> buffer) => _first.IsEmpty ? rest.Read(buffer) : TakeFirst(buffer);

        private int TakeFirst(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _first.Length);
            _first.Span[..count].CopyTo(buffer);
            _first = _first[count..];
            return count;
        }
    }
}
