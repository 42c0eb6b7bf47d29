using System.Text;

namespace UringHttp;

/// <summary>
/// Finds the body in the bytes received: the next run of body bytes is always at the front of the buffer. A mutable struct: keep it
/// in a field.
/// </summary>
internal struct BodyRuns
{
    /// <summary>From this size on, in bytes, a reader's own memory is received into. With less, the block takes more at once.</summary>
    internal const int LeastDirect = 4 * 1024;

    private readonly FramingKind _kind;
    private ChunkedDecoder _decoder;
    private HeaderList? _trailers;
    private long _missing;

    internal BodyRuns(BodyFraming framing, HttpLimits limits)
    {
        _kind = framing.Kind;
        _missing = framing.Length;
        _decoder = new ChunkedDecoder(limits);
        IsEnded = framing.IsEmpty;
    }

    /// <summary>Bytes at the front of the buffer that are body and have not been taken.</summary>
    internal int Run { get; private set; }

    /// <summary>True when no more body will come; a run may still be there to take.</summary>
    internal bool IsEnded { get; private set; }

    /// <summary>The fields behind a chunked body that has ended, their values as received; null when there were none.</summary>
    internal List<KeyValuePair<string, byte[]>>? Trailers { get; private set; }

    /// <summary>True when only the connection's end tells the body's.</summary>
    internal readonly bool EndsByClose => _kind == FramingKind.UntilClose;

    /// <summary>Bytes of body known to be outstanding; 0 when that is not known.</summary>
    internal readonly long Missing => _kind == FramingKind.Length ? _missing : 0;

    /// <summary>
    /// How many bytes may be received straight into the reader's memory because they are body for certain; 0 when framing may be
    /// among them. Only while there is no run.
    /// </summary>
    internal readonly long Direct => _kind switch
    {
        FramingKind.Length => _missing,
        FramingKind.Chunked => _decoder.ChunkRemaining,
        FramingKind.UntilClose => long.MaxValue,
        _ => 0,
    };

    /// <summary>After a failed <see cref="TryFind"/>: the rule that the peer broke.</summary>
    internal readonly HttpProtocolError Error => _decoder.Error;

    internal readonly long ErrorOffset => _decoder.ErrorOffset;

    /// <summary>Looks for the next run when there is none. False when the bytes break a rule.</summary>
    internal bool TryFind(ReceivedBuffer received)
    {
        if (Run > 0 || IsEnded || received.IsEmpty)
        {
            return true;
        }

        switch (_kind)
        {
            case FramingKind.Length:
                Run = (int)Math.Min(_missing, received.Count);
                CountOff(Run);
                return true;
            case FramingKind.UntilClose:
                Run = received.Count;
                return true;
            default:
                return TryFindInChunks(received);
        }
    }

    /// <summary>Takes bytes off the front of the run.</summary>
    internal void Take(ReceivedBuffer received, int count)
    {
        Run -= count;
        received.Consume(count);
    }

    /// <summary>Takes all that is in hand. False when the bytes break a rule.</summary>
    internal bool TryPassOver(ReceivedBuffer received)
    {
        bool isValid;
        while ((isValid = TryFind(received)) && Run > 0)
        {
            Take(received, Run);
        }

        return isValid;
    }

    /// <summary>Counts bytes that were received straight into the reader's memory.</summary>
    internal void TakeDirect(ReadOnlySpan<byte> bytes)
    {
        if (_kind == FramingKind.Length)
        {
            CountOff(bytes.Length);
        }
        else if (_kind == FramingKind.Chunked)
        {
            _decoder.Decode(bytes, _trailers!, out _, out _);
        }
    }

    /// <summary>The peer has closed. True when that is how this body ends.</summary>
    internal bool TryEndByClose()
    {
        IsEnded |= _kind == FramingKind.UntilClose;
        return IsEnded;
    }

    private void CountOff(int count)
    {
        _missing -= count;
        IsEnded = _missing == 0;
    }

    private bool TryFindInChunks(ReceivedBuffer received)
    {
        _trailers ??= new HeaderList(0);
        ReadOnlySpan<byte> section = received.Data;
        ChunkedStatus status = _decoder.Decode(section, _trailers, out int consumed, out int run);
        Run = run;
        IsEnded = status == ChunkedStatus.Complete;
        if (IsEnded && _trailers.Count > 0)
        {
            KeepTrailers(section.Slice(consumed - _decoder.TrailerBytes, _decoder.TrailerBytes));
        }

        received.Consume(consumed - run);
        return status != ChunkedStatus.Invalid;
    }

    private void KeepTrailers(ReadOnlySpan<byte> section)
    {
        Trailers = [];
        foreach (HeaderField field in new HeaderView(section, _trailers!))
        {
            Trailers.Add(KeyValuePair.Create(Encoding.ASCII.GetString(field.Name), field.Value.ToArray()));
        }
    }
}
