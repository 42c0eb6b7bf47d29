using System.Globalization;
using System.Numerics;

namespace UringHttp;

/// <summary>Writes the lines of a chunked body (RFC 9112 §7.1). The data itself is the caller's to place between them.</summary>
/// <remarks>
/// A body is any number of chunks, each <see cref="TryWriteChunkStart"/>, data, <see cref="ChunkEnd"/>; and then <see cref="End"/>,
/// or, with trailers, <see cref="TrailersStart"/> and the fields and the empty line of a <see cref="HeadWriter"/>.
/// </remarks>
public static class ChunkedEncoder
{
    /// <summary>The most bytes that the line before a chunk's data can have: 16 digits and CR LF.</summary>
    public const int MaxChunkStartBytes = 18;

    /// <summary>What follows a chunk's data.</summary>
    public static ReadOnlySpan<byte> ChunkEnd => "\r\n"u8;

    /// <summary>The end of a body without trailers.</summary>
    public static ReadOnlySpan<byte> End => "0\r\n\r\n"u8;

    /// <summary>The end of a body's data when trailers follow.</summary>
    public static ReadOnlySpan<byte> TrailersStart => "0\r\n"u8;

    /// <summary>Writes the line before a chunk's data.</summary>
    /// <param name="destination">Where to; <see cref="MaxChunkStartBytes"/> always suffice.</param>
    /// <param name="length">The length of the data in bytes. Not 0: a chunk without data is the end of the body.</param>
    /// <param name="written">How many bytes were written.</param>
    /// <returns>False, with nothing written, if it does not fit.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is 0 or below.</exception>
    public static bool TryWriteChunkStart(Span<byte> destination, long length, out int written)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        if (destination.Length < ChunkStartBytes(length))
        {
            written = 0;
            return false;
        }

        length.TryFormat(destination, out written, "x", CultureInfo.InvariantCulture);
        ChunkEnd.CopyTo(destination[written..]);
        written += ChunkEnd.Length;
        return true;
    }

    /// <summary>The length in bytes of the line before a chunk with so much data, so that room can be left for it.</summary>
    /// <param name="length">The length of the data in bytes, above 0.</param>
    public static int ChunkStartBytes(long length) => (BitOperations.Log2((ulong)length) / 4) + 1 + ChunkEnd.Length;
}
