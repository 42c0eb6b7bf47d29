using System.Buffers;
using System.Globalization;
using System.Text;

namespace UringHttp.Soak;

/// <summary>
/// Reads requests, and nothing else is told of the client's code: it is written anew and for this only, so that no error in it is also in
/// what it checks.
/// </summary>
internal sealed class RequestReader(Stream stream) : IDisposable
{
    private const int BufferBytes = 256 * 1024;
    private const int LongestLine = 64 * 1024;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int _start;
    private int _end;

    /// <summary>The next request's head; null when the client has closed before it.</summary>
    /// <exception cref="SoakException">It is none.</exception>
    public async Task<ReceivedHead?> ReadHeadAsync(CancellationToken cancellation)
    {
        if (await ReadLineAsync(cancellation) is not { } line)
        {
            return null;
        }

        if (line.Split(' ') is not [var method, var target, "HTTP/1.1"])
        {
            throw new SoakException($"No request line: '{line}'.");
        }

        var fields = new List<KeyValuePair<string, string>>();
        while (true)
        {
            line = await ReadLineAsync(cancellation) ?? throw new EndOfStreamException();
            if (line.Length == 0)
            {
                return new ReceivedHead(method, target, fields);
            }

            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            fields.Add(colon > 0
                ? new(line[..colon], line[(colon + 2)..])
                : throw new SoakException($"No field: '{line}' in {method} {target}."));
        }
    }

    /// <summary>The sum over the content that belongs to the head.</summary>
    public async Task<Checksum> ReadBodyAsync(ReceivedHead head, CancellationToken cancellation)
    {
        if (head.Find("Transfer-Encoding") == "chunked")
        {
            return await ReadChunksAsync(cancellation);
        }

        long length = head.Find("Content-Length") is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : 0;
        return await AddAsync(default, length, cancellation);
    }

    /// <summary>Ends when the client has closed its side, or something more comes.</summary>
    public async Task AwaitEndAsync(CancellationToken cancellation)
    {
        if (_start == _end)
        {
            await FillAsync(cancellation);
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private async Task<Checksum> ReadChunksAsync(CancellationToken cancellation)
    {
        var sum = new Checksum();
        while (true)
        {
            string line = await ReadLineAsync(cancellation) ?? throw new EndOfStreamException();
            long length = long.TryParse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long value)
                ? value
                : throw new SoakException($"No size of a chunk: '{line}'.");
            sum = await AddAsync(sum, length, cancellation);
            line = await ReadLineAsync(cancellation) ?? throw new EndOfStreamException();
            if (line.Length > 0)
            {
                throw new SoakException($"Behind a chunk of {length} bytes stands '{line}'.");
            }

            if (length == 0)
            {
                return sum;
            }
        }
    }

    private async Task<Checksum> AddAsync(Checksum sum, long length, CancellationToken cancellation)
    {
        while (length > 0)
        {
            if (_start == _end && !await FillAsync(cancellation))
            {
                throw new EndOfStreamException();
            }

            int count = (int)Math.Min(length, _end - _start);
            sum.Add(_buffer.AsSpan(_start, count));
            _start += count;
            length -= count;
        }

        return sum;
    }

    /// <summary>A line without its end; null when there is nothing at all.</summary>
    private async Task<string?> ReadLineAsync(CancellationToken cancellation)
    {
        while (true)
        {
            int length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (length >= 0)
            {
                string line = Encoding.Latin1.GetString(_buffer, _start, length);
                _start += length + 2;
                return line;
            }

            if (_end - _start > LongestLine)
            {
                throw new SoakException($"A line of more than {LongestLine} bytes.");
            }

            if (!await FillAsync(cancellation))
            {
                return _start == _end ? null : throw new EndOfStreamException();
            }
        }
    }

    private async Task<bool> FillAsync(CancellationToken cancellation)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        int count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
        _end += count;
        return count > 0;
    }
}
