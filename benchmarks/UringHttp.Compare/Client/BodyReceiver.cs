using Microsoft.Win32.SafeHandles;

namespace UringHttp.Compare;

/// <summary>
/// Takes the body of one answer at a time to where the row wants it, and checks it: the length of each, the bytes of a sample.
/// </summary>
internal sealed class BodyReceiver
{
    private const int ScratchLength = 64 * 1024;
    private const int BodiesPerSample = 64;
    private const int BlockBoundary = 2 * 1024 * 1024;

    private readonly Workload _workload;
    private readonly BodyPattern _pattern;
    private readonly string? _path;
    private byte[]? _memory;
    private SafeFileHandle? _file;
    private bool _comparesAll;
    private long _offset;

    private int _received;

    public BodyReceiver(Workload workload, int index, string? directory)
    {
        _workload = workload;
        _pattern = new BodyPattern(workload.BodyLength);
        _path = directory is null ? null : Path.Combine(directory, $"{index}");
        _received = index; // workers begin at different places, so that the samples are spread over a round
    }

    /// <summary>Where the next bytes go: never empty before the end.</summary>
    public Memory<byte> Buffer => _workload.Sink == BodySink.Buffers ? Memory.AsMemory((int)_offset) : Memory;

    /// <summary>Bytes of the present body that were compared.</summary>
    public long Compared { get; private set; }

    /// <summary>What is read into when nobody wants the bodies; null for memory of its own.</summary>
    public byte[]? Scratch
    {
        init => _memory = value;
    }

    // A byte more than the body has: the read that finds its end needs room.
    private byte[] Memory => _memory ??= new byte[_workload.Sink == BodySink.Buffers ? _workload.BodyLength + 1 : ScratchLength];

    public void Begin()
    {
        _offset = 0;
        Compared = 0;
        _comparesAll = _workload.Check == BodyCheck.SampledBodies && _received++ % BodiesPerSample == 0;
        if (_workload.Sink == BodySink.Files)
        {
            _file = File.OpenHandle(_path!, FileMode.Create, FileAccess.Write);
        }
    }

    /// <summary>Takes the next bytes, which were put into <see cref="Buffer"/>.</summary>
    public void Accept(int count) => Examine(Buffer.Span[..count]);

    /// <summary>Takes the next bytes from where the client has them.</summary>
    public void Examine(ReadOnlySpan<byte> bytes)
    {
        if (_file is not null)
        {
            RandomAccess.Write(_file, bytes, _offset);
        }

        if (_comparesAll || (_workload.Check == BodyCheck.SampledBlocks && IsSampled(bytes.Length)))
        {
            Compare(bytes);
        }

        _offset += bytes.Length;
    }

    public void End()
    {
        _file?.Dispose();
        _file = null;
        if (_offset != _pattern.Length)
        {
            throw new InvalidDataException($"The body has {_offset:N0} bytes instead of {_pattern.Length:N0}.");
        }
    }

    /// <summary>True for the first read of a body, the last, and each that crosses a boundary.</summary>
    private bool IsSampled(int count) =>
        _offset == 0 || _offset + count >= _pattern.Length || _offset / BlockBoundary != (_offset + count) / BlockBoundary;

    private void Compare(ReadOnlySpan<byte> bytes)
    {
        // A client that gives a long body as one piece is not to be the only one that has it compared as a whole.
        ReadOnlySpan<byte> sample = _comparesAll ? bytes : bytes[..Math.Min(bytes.Length, ScratchLength)];
        if (!_pattern.Matches(sample, _offset))
        {
            throw new InvalidDataException($"The body is not what it must be, in bytes {_offset:N0} to {_offset + sample.Length:N0}.");
        }

        Compared += sample.Length;
    }
}
