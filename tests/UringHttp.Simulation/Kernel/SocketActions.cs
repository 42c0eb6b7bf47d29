namespace UringHttp.Simulation;

/// <summary>What the simulated kernel does with the operations of a socket, and with what comes from its peer.</summary>
internal sealed class SocketActions(World world, PeerNetwork network, Completions completions, SeededRandom random)
{
    private const long ConnectPatience = 127 * World.Second;

    private static readonly int[] s_connectErrors =
        [Errno.ECONNREFUSED, Errno.ENETUNREACH, Errno.EHOSTUNREACH, Errno.ETIMEDOUT, Errno.EADDRNOTAVAIL, Errno.ENOBUFS];

    private static readonly int[] s_sendErrors = [Errno.ENOBUFS, Errno.ENOMEM, Errno.EHOSTUNREACH, Errno.ETIMEDOUT];
    private static readonly int[] s_receiveErrors = [Errno.ENOMEM, Errno.ENOBUFS, Errno.EHOSTUNREACH, Errno.ETIMEDOUT];

    private readonly bool _isSlow = world.Faults.Has(Fault.PeerSlow);

    private FaultPlan Faults => world.Faults;

    public void Connect(PendingOperation operation)
    {
        ReadOnlySpan<byte> address = operation.Memory.Read(0, operation.Memory.Length);
        int port = (address[2] << 8) | address[3];
        if (Faults.Strikes(Fault.ConnectHangs))
        {
            After(ConnectPatience, operation, () => EndConnect(operation, -Errno.ETIMEDOUT));
        }
        else if (Faults.Fails(Fault.ConnectRefused))
        {
            int error = random.Pick<int>(s_connectErrors);
            After(random.Spread(World.Microsecond, 3 * World.Second), operation, () => EndConnect(operation, -error));
        }
        else
        {
            After(random.Spread(10 * World.Microsecond, 50 * World.Millisecond), operation, () =>
            {
                operation.Socket.Peer = network.Accept(operation.Socket, port, this);
                EndConnect(operation, 0);
            });
        }
    }

    /// <summary>Bytes leave a piece at a time; they are read from the lent memory when they leave, and not before.</summary>
    public void Send(PendingOperation operation)
    {
        network.OnSendBegins(operation.Socket, operation.Memory.Read(0, operation.Memory.Length));
        After(0, operation, () => GoOnSending(operation));
    }

    public void Receive(PendingOperation operation)
    {
        if (Faults.Fails(Fault.ReceiveFails))
        {
            int error = random.Pick<int>(s_receiveErrors);
            EndReceive(operation, -error);
        }
        else
        {
            TryReceive(operation.Socket);
        }
    }

    public int ReceiveNow(SimulatedSocket socket, Span<byte> destination)
    {
        if (!socket.IsReadable)
        {
            return -Errno.EAGAIN;
        }

        int result = Result(socket, destination.Length);
        if (result > 0)
        {
            socket.Take(result).CopyTo(destination);
            world.OnMove();
        }

        network.OnReceived(socket, result);
        return result;
    }

    public void Cancel(in Submission cancel, PendingOperation? operation)
    {
        if (operation is null)
        {
            completions.AddUnwatched(null, cancel.Token, -Errno.ENOENT);
            return;
        }

        if (operation.Socket.Descriptor != cancel.Descriptor)
        {
            world.Fail($"a cancel names {cancel.Descriptor}, and its operation is on {operation.Socket.Descriptor}");
        }

        if (world.IsTraced)
        {
            world.Note($"Cancel of the {operation.Kind} on {cancel.Descriptor}");
        }

        if (operation.IsDone)
        {
            completions.AddUnwatched(operation.Socket, cancel.Token, -random.Pick(0, Errno.EALREADY, Errno.ENOENT));
        }
        else if (Faults.Strikes(Fault.CancelLate))
        {
            completions.AddUnwatched(operation.Socket, cancel.Token, -Errno.EALREADY);
            After(random.Spread(World.Microsecond, World.Second), operation, () => EndCancelled(operation));
        }
        else
        {
            EndCancelled(operation);
            completions.AddUnwatched(operation.Socket, cancel.Token, 0);
        }
    }

    public void Shutdown(in Submission shutdown, SimulatedSocket? socket)
    {
        const int ReadOnly = 0;
        const int WriteOnly = 1;
        completions.AddUnwatched(socket, shutdown.Token, socket is null ? -Errno.EBADF : 0);
        if (socket is null)
        {
            return;
        }

        if (shutdown.Extra != ReadOnly && !socket.IsSendShut)
        {
            socket.IsSendShut = true;
            socket.Peer?.OnClientEnds();
        }

        if (shutdown.Extra != WriteOnly)
        {
            socket.IsReceiveShut = true;
            TryReceive(socket);
        }
    }

    public static void OnClosed(SimulatedSocket socket) => socket.Peer?.OnClientEnds();

    /// <summary>Bytes from the peer.</summary>
    public void Arrive(SimulatedSocket socket, ReadOnlySpan<byte> bytes)
    {
        if (!socket.IsClosed && socket.Error == 0)
        {
            socket.Arrive(bytes);
            TryReceive(socket);
        }
    }

    /// <summary>The peer closes its side.</summary>
    public void ArriveEnd(SimulatedSocket socket)
    {
        if (!socket.IsClosed)
        {
            socket.HasEnded = true;
            TryReceive(socket);
        }
    }

    /// <summary>The peer resets: what has arrived may be lost, and what is in flight fails.</summary>
    public void ArriveReset(SimulatedSocket socket)
    {
        if (socket.IsClosed || socket.Error != 0)
        {
            return;
        }

        socket.Error = Errno.ECONNRESET;
        if (random.Chance(500))
        {
            socket.DropArrived();
        }

        TryReceive(socket);
        if (socket.Send is { IsDone: false, Kind: OperationKind.Send } send)
        {
            EndSend(send, send.Progress > 0 ? send.Progress : -random.Pick(Errno.ECONNRESET, Errno.EPIPE));
        }
    }

    public static void WakePolls(SimulatedSocket socket, Completions completions)
    {
        if (!socket.IsReadable)
        {
            return;
        }

        const int In = 1;
        const int RdHup = 0x2000;
        foreach (PendingOperation poll in socket.Polls)
        {
            if (!poll.IsDone)
            {
                completions.Add(poll, In | (socket.HasEnded ? RdHup : 0));
            }
        }
    }

    private void TryReceive(SimulatedSocket socket)
    {
        WakePolls(socket, completions);
        if (socket.Receive is { IsDone: false } operation && socket.IsReadable)
        {
            EndReceive(operation, Result(socket, operation.Memory.Length));
        }
    }

    private int Result(SimulatedSocket socket, int room)
    {
        if (socket.Available > 0)
        {
            int most = Math.Min(socket.Available, room);
            return _isSlow && random.Chance(300) ? 1 + random.Below(most) : most;
        }

        return socket.Error != 0 ? -socket.Error : 0;
    }

    private void EndReceive(PendingOperation operation, int result)
    {
        SimulatedSocket socket = operation.Socket;
        if (operation.Memory.IsTouched)
        {
            world.Fail($"memory was touched that a receive on {socket.Descriptor} had been lent");
        }

        if (result > 0)
        {
            operation.Memory.Write(socket.Take(result));
            world.OnMove();
        }

        network.OnReceived(socket, result);
        bool tellsMore = socket.Available > 0 && random.Chance(800);
        completions.Add(operation, result, tellsMore ? CompletionFlags.NonEmpty : CompletionFlags.None);
    }

    private void GoOnSending(PendingOperation operation)
    {
        SimulatedSocket socket = operation.Socket;
        int left = operation.Memory.Length - operation.Progress;
        if (socket.Error != 0 || socket.IsSendShut)
        {
            EndSend(operation, operation.Progress > 0 ? operation.Progress : -(socket.IsSendShut ? Errno.EPIPE : socket.Error));
            return;
        }

        if (socket.RefusesBytes)
        {
            EndSend(operation, operation.Progress > 0 ? operation.Progress : -random.Pick(Errno.ECONNRESET, Errno.EPIPE));
            return;
        }

        if (operation.Memory.IsTouched)
        {
            world.Fail($"memory was touched that a send on {socket.Descriptor} had been lent");
        }

        if (Faults.Strikes(Fault.SendShort))
        {
            EndSend(operation, operation.Progress);
            return;
        }

        if (Faults.Fails(Fault.SendFails))
        {
            EndSend(operation, operation.Progress > 0 ? operation.Progress : -random.Pick<int>(s_sendErrors));
            return;
        }

        int count = _isSlow || random.Chance(200) ? 1 + random.Below(left) : left;
        byte[] piece = operation.Memory.Read(operation.Progress, count).ToArray();
        operation.Progress += count;
        socket.Heads.OnLeft(count);
        PeerConnection peer = socket.Peer!;
        socket.LastPieceAt = Math.Max(socket.LastPieceAt, world.Now + random.Spread(World.Microsecond, World.Millisecond));
        world.OnMove();
        world.After(socket.LastPieceAt - world.Now, () => peer.Take(piece));
        if (count == left)
        {
            EndSend(operation, operation.Memory.Length);
        }
        else
        {
            After(random.Spread(World.Microsecond, _isSlow ? World.Second : World.Millisecond), operation, () => GoOnSending(operation));
        }
    }

    private void EndSend(PendingOperation operation, int result)
    {
        if (result < 0)
        {
            PeerNetwork.OnSendFailed(operation.Socket);
        }

        completions.Add(operation, result);
    }

    private void EndConnect(PendingOperation operation, int result)
    {
        if (result < 0)
        {
            network.OnConnectFailed();
        }

        completions.Add(operation, result);
    }

    private void EndCancelled(PendingOperation operation) =>
        completions.Add(operation, operation.Progress > 0 ? operation.Progress : -Errno.ECANCELED);

    /// <summary>Later, unless it has come to something by then.</summary>
    private void After(long delay, PendingOperation operation, Action action) => world.After(delay, () =>
    {
        if (!operation.IsDone && !operation.Socket.IsClosed)
        {
            action();
        }
    });
}
