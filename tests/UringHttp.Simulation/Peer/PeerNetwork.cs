namespace UringHttp.Simulation;

/// <summary>All peers, and what they and the kernel know of the requests: which went over which socket, and what it came to.</summary>
internal sealed class PeerNetwork(World world, IReadOnlyList<RequestRecord> records)
{
    private readonly SendRules _rules = new(world);
    private int _connections;

    /// <summary>The last bytes of an answer are on their way to the loop: the moment when most can cross it.</summary>
    public event Action? Answering;

    public IReadOnlyList<RequestRecord> Records => records;

    public AnswerMaker Answers { get; } = new(world.Faults);

    /// <summary>Connects that failed, or sockets that could not be made.</summary>
    public int ConnectFailures { get; private set; }

    /// <summary>What connections came to before a request went out, whose first bytes were still to come.</summary>
    public Ending BeforeRequests { get; private set; }

    /// <summary>Requests that went out behind others.</summary>
    public int SentBehind { get; private set; }

    /// <summary>Connections that were made.</summary>
    public int Connections => _connections;

    public PeerConnection Accept(SimulatedSocket socket, int port, SocketActions actions) =>
        new(world, this, socket, actions, port, _connections++);

    public static Attempt AttemptOf(RequestRecord record, SimulatedSocket socket) =>
        record.Attempts.LastOrDefault(attempt => attempt.Socket == socket)
        ?? throw new SimulationException($"request {record.Plan.Id} came over a socket that it was not sent on");

    public void OnAnswering() => Answering?.Invoke();

    public void OnConnectFailed() => ConnectFailures++;

    /// <summary>A send begins: each request that begins in it is an attempt.</summary>
    public void OnSendBegins(SimulatedSocket socket, ReadOnlySpan<byte> bytes)
    {
        foreach (int id in socket.Heads.Find(bytes))
        {
            OnRequest(socket, records[id]);
        }
    }

    private void OnRequest(SimulatedSocket socket, RequestRecord record)
    {
        if (world.IsTraced)
        {
            world.Note($"request {record.Plan.Id} goes out on {socket.Descriptor}");
        }

        var attempt = new Attempt(record, socket)
        {
            IsTainted = socket.Peer?.HasStrayed == true,
            MayBeAhead = _rules.MayBeAhead(socket, record),
        };
        if (_rules.FindWrong(attempt) is { } wrong)
        {
            world.Fail($"request {record.Plan.Id} ({record.Plan.Method}) was sent {wrong}");
        }

        if (attempt is { IsTainted: true, MayBeAhead: true })
        {
            // What was received with the end of the answer before it, in the enter that took it, may be taken for its answer.
            attempt.Allowed |= Attempt.OfStray;
            socket.SpoiledAt = 0;
        }

        record.Attempts.Add(attempt);
        socket.Requests++;
        if (record.Plan.MayPipeline && socket.Attempt is { IsOver: false })
        {
            SentBehind++;
            socket.Behind.Enqueue(attempt);
            return;
        }

        socket.Behind.Clear();
        socket.Attempt = attempt;
        socket.AnsweredAt = 0;
        socket.ToldEndedAt = 0;
    }

    /// <summary>The peer will say what nobody asked for: it may be taken for any answer that is still to come.</summary>
    public static void OnStrays(Attempt answered)
    {
        SimulatedSocket socket = answered.Socket;
        foreach (Attempt attempt in socket.Behind.Prepend(socket.Attempt!))
        {
            attempt.IsTainted |= attempt.Number > answered.Number;
        }
    }

    /// <summary>A receive came to something: bytes, the end, or an error.</summary>
    public void OnReceived(SimulatedSocket socket, int result)
    {
        if (socket.Peer?.HasStrayed == true)
        {
            BeforeRequests |= Attempt.OfStray;
        }

        if (socket.Attempt is null || (socket.AnsweredAt > 0 && result <= 0))
        {
            BeforeRequests |= result > 0 ? Ending.None : result < 0 ? Ending.Failed : Ending.CutShort;
            return;
        }

        int count = PassOver(socket, Math.Max(0, result));
        Attempt attempt = socket.Attempt;
        attempt.Receive(count);
        Answer? answer = attempt.Answer;
        if (attempt.IsTainted)
        {
            foreach (Attempt tainted in socket.Behind.Prepend(attempt))
            {
                tainted.Allowed |= Attempt.OfStray;
            }
        }
        else if (answer is not null && attempt.Received > answer.Wire.Length && attempt.Received - count < answer.Wire.Length)
        {
            // In one receive with the answer's end. Alone it may be taken for the answer of a request that is about to go out.
            socket.SpoiledAt = world.Enter;
        }

        bool isWhole = attempt.IsReceived && (answer is { EndsByClose: false } || result == 0);
        socket.AnsweredAt = isWhole && result >= 0 ? world.Enter : socket.AnsweredAt;

        // What breaks a rule must be seen for what it is, and not waited with until the peer has given up.
        bool maySeeEnd = answer is null || answer.Error == Ending.None || answer.After != AfterAnswer.Keep;
        if (result <= 0 && !isWhole && (result < 0 || maySeeEnd))
        {
            attempt.Allowed |= result == 0 && !socket.IsReceiveShut ? Ending.CutShort : Ending.Failed;
        }
    }

    /// <summary>Gives so many bytes to answers that they complete, while there are others behind; tells how many are left.</summary>
    private static int PassOver(SimulatedSocket socket, int count)
    {
        while (socket.Attempt is { Missing: { } missing } && missing <= count && socket.Behind.TryDequeue(out Attempt? next))
        {
            socket.Attempt.Receive(missing);
            socket.Attempt = next;
            count -= missing;
        }

        return count;
    }

    public static void OnSendFailed(SimulatedSocket socket)
    {
        if (socket.Attempt is not { } present)
        {
            return;
        }

        foreach (Attempt attempt in socket.Behind.Prepend(present))
        {
            attempt.Allowed |= Ending.Failed;
        }
    }
}
