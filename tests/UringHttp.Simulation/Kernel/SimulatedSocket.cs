using System.Buffers;

namespace UringHttp.Simulation;

/// <summary>The kernel's side of a socket: its state, what has arrived, and what is in flight on it.</summary>
internal sealed class SimulatedSocket(int descriptor)
{
    private readonly ArrayBufferWriter<byte> _arrived = new(512);
    private int _taken;

    public int Descriptor => descriptor;

    /// <summary>Whether a submission has named it, from when on only a submission may close it.</summary>
    public bool IsNamed { get; set; }

    public bool IsClosed { get; set; }

    /// <summary>The other end, once connected.</summary>
    public PeerConnection? Peer { get; set; }

    // What is in flight, until it is delivered.
    public PendingOperation? Receive { get; set; }

    /// <summary>A send, or the connect.</summary>
    public PendingOperation? Send { get; set; }

    public List<PendingOperation> Polls { get; } = [];

    public bool IsIdle => Receive is null && Send is null && Polls.Count == 0;

    /// <summary>The errno that ends everything on it; 0 while there is none.</summary>
    public int Error { get; set; }

    /// <summary>The peer has closed its side; behind what has arrived comes the end.</summary>
    public bool HasEnded { get; set; }

    /// <summary>The peer is gone, and answers what is sent with a reset.</summary>
    public bool RefusesBytes { get; set; }

    public bool IsReceiveShut { get; set; }

    public bool IsSendShut { get; set; }

    /// <summary>When its last completion comes: those of one socket keep their order.</summary>
    public long LastDue { get; set; }

    /// <summary>When the last bytes that were sent are with the peer.</summary>
    public long LastPieceAt { get; set; }

    /// <summary>The enter in which the last byte of an answer was received; 0: there is an answer to come.</summary>
    public int AnsweredAt { get; set; }

    /// <summary>The enter that told the loop that the idle connection has ended; 0: none has.</summary>
    public int ToldEndedAt { get; set; }

    /// <summary>What the request whose answer is next, or was last, came to on it.</summary>
    public Attempt? Attempt { get; set; }

    /// <summary>Those that were sent behind it.</summary>
    public Queue<Attempt> Behind { get; } = new();

    /// <summary>Finds requests in what is sent.</summary>
    public SentHeads Heads { get; } = new();

    /// <summary>Requests that it has carried.</summary>
    public int Requests { get; set; }

    /// <summary>The enter from which on the loop knows that more bytes came than the answer has; 0: none did.</summary>
    public int SpoiledAt { get; set; }

    public int Available => _arrived.WrittenCount - _taken;

    public bool IsReadable => Available > 0 || HasEnded || Error != 0 || IsReceiveShut;

    public void Arrive(ReadOnlySpan<byte> bytes) => _arrived.Write(bytes);

    /// <summary>Takes bytes in order.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> bytes = _arrived.WrittenSpan.Slice(_taken, count);
        _taken += count;
        return bytes;
    }

    /// <summary>A reset throws away what was not received yet.</summary>
    public void DropArrived() => _taken = _arrived.WrittenCount;
}
