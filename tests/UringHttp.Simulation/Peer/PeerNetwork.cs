using System.Globalization;
using System.Text;

namespace UringHttp.Simulation;

/// <summary>All peers, and what they and the kernel know of the requests: which went over which socket, and what it came to.</summary>
internal sealed class PeerNetwork(World world, IReadOnlyList<RequestRecord> records)
{
    private int _connections;

    /// <summary>The last bytes of an answer are on their way to the loop: the moment when most can cross it.</summary>
    public event Action? Answering;

    public IReadOnlyList<RequestRecord> Records => records;

    public AnswerMaker Answers { get; } = new(world.Faults);

    /// <summary>Connects that failed, or sockets that could not be made.</summary>
    public int ConnectFailures { get; private set; }

    /// <summary>What connections came to before a request went out, whose first bytes were still to come.</summary>
    public Ending BeforeRequests { get; private set; }

    /// <summary>Connections that were made.</summary>
    public int Connections => _connections;

    public PeerConnection Accept(SimulatedSocket socket, int port, SocketActions actions)
    {
        _ = port;
        return new PeerConnection(world, this, socket, actions, _connections++);
    }

    public static Attempt AttemptOf(RequestRecord record, SimulatedSocket socket) =>
        record.Attempts.LastOrDefault(attempt => attempt.Socket == socket)
        ?? throw new SimulationException($"request {record.Plan.Id} came over a socket that it was not sent on");

    public void OnAnswering() => Answering?.Invoke();

    public void OnConnectFailed() => ConnectFailures++;

    /// <summary>A send begins: when it is a request's, that is an attempt.</summary>
    public void OnSendBegins(SimulatedSocket socket, ReadOnlySpan<byte> start)
    {
        if (!TryReadId(start, out int id))
        {
            return;
        }

        RequestRecord record = records[id];
        if (socket.Attempt is { Answer: null } present && present.Request == record)
        {
            return; // the rest of a send that ended before its first byte had left
        }

        if (world.IsTraced)
        {
            world.Note($"request {id} goes out on {socket.Descriptor}");
        }

        // What the peer says unasked may have been taken for the answer of a request whose content was still to come.
        bool mayBeAnswered = socket.Peer?.HasStrayed == true && record.Plan.IsContentSlow;
        if (record.Ends > 0 && !mayBeAnswered)
        {
            world.Fail($"request {id} was sent after its end");
        }

        if (socket.ToldEndedAt != 0 && socket.ToldEndedAt < world.Enter - 1)
        {
            world.Fail($"request {id} was sent on a connection that was known to have ended");
        }

        if (!mayBeAnswered && socket.SpoiledAt != 0 && socket.SpoiledAt < world.Enter - 1)
        {
            world.Fail($"request {id} was sent on a connection that had brought more than its answer");
        }

        CheckResend(record);
        var attempt = new Attempt(record, socket) { IsTainted = socket.Peer?.HasStrayed == true };
        record.Attempts.Add(attempt);
        socket.Attempt = attempt;
        socket.Requests++;
        socket.AnsweredAt = 0;
        socket.ToldEndedAt = 0;
    }

    /// <summary>A receive came to something: bytes, the end, or an error.</summary>
    public void OnReceived(SimulatedSocket socket, int result)
    {
        if (socket.Peer?.HasStrayed == true)
        {
            BeforeRequests |= Ending.Invalid | Ending.CutShort | Ending.Failed;
        }

        if (socket.Attempt is not { } attempt || (socket.AnsweredAt > 0 && result <= 0))
        {
            BeforeRequests |= result > 0 ? Ending.None : result < 0 ? Ending.Failed : Ending.CutShort;
            return;
        }

        if (result > 0)
        {
            attempt.Received += result;
        }

        Answer? answer = attempt.Answer;
        if (attempt.IsTainted)
        {
            attempt.Allowed |= Ending.Invalid | Ending.CutShort | Ending.Failed;
        }
        else if (answer is not null && attempt.Received > answer.Wire.Length && attempt.Received - result < answer.Wire.Length)
        {
            // In one receive with the answer's end. Alone it may be taken for the answer of a request that is about to go out.
            socket.SpoiledAt = world.Enter;
        }

        bool isWhole = answer is { IsSound: true } && attempt.Received >= answer.Wire.Length && (!answer.EndsByClose || result == 0);
        socket.AnsweredAt = isWhole && result >= 0 ? world.Enter : socket.AnsweredAt;
        if (result > 0 && answer is not null)
        {
            attempt.Allowed |= answer.Error;
        }

        // What breaks a rule must be seen for what it is, and not waited with until the peer has given up.
        bool maySeeEnd = answer is null || answer.Error == Ending.None || answer.After != AfterAnswer.Keep;
        if (result <= 0 && !isWhole && (result < 0 || maySeeEnd))
        {
            attempt.Allowed |= result == 0 && !socket.IsReceiveShut ? Ending.CutShort : Ending.Failed;
        }
    }

    public static void OnSendFailed(SimulatedSocket socket)
    {
        if (socket.Attempt is { } attempt)
        {
            attempt.Allowed |= Ending.Failed;
        }
    }

    /// <summary>RFC 9112 §9.3.1: a request goes out again only when nothing can be lost, and this client does it once.</summary>
    private void CheckResend(RequestRecord record)
    {
        if (record.Attempts.Count == 0)
        {
            return;
        }

        Attempt last = record.Attempts[^1];
        string? wrong = record.Attempts.Count > 1 ? "a third time"
            : !record.Plan.IsIdempotent ? "again, though it is not idempotent"
            : record.Plan.ContentLength >= 0 ? "again, though it has a content"
            : !last.WasReused ? "again, though its connection was new"
            : last.Received > 0 ? "again, though its answer had begun"
            : null;
        if (wrong is not null)
        {
            world.Fail($"request {record.Plan.Id} ({record.Plan.Method}) was sent {wrong}");
        }
    }

    private static bool TryReadId(ReadOnlySpan<byte> start, out int id)
    {
        id = -1;
        int at = start.IndexOf(" /r/"u8);
        int end = at is > 0 and < 8 ? start[(at + 4)..].IndexOf((byte)' ') : -1;
        return end > 0 && int.TryParse(Encoding.ASCII.GetString(start.Slice(at + 4, end)), CultureInfo.InvariantCulture, out id);
    }
}
