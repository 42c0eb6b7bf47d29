namespace UringHttp;

/// <summary>What the local side of a connection is.</summary>
public enum ConnectionRole
{
    /// <summary>It sends requests.</summary>
    Client,

    /// <summary>It answers them.</summary>
    Server,
}

/// <summary>One of the two ends of a connection.</summary>
public enum ConnectionSide
{
    /// <summary>This process.</summary>
    Local,

    /// <summary>The other end.</summary>
    Peer,
}

/// <summary>How far one side is with its message.</summary>
public enum SideState
{
    /// <summary>No message of this side is under way, and it may begin one (a client), or wait for a request (a server).</summary>
    Idle,

    /// <summary>A server owes the head of its final response. A client is never here.</summary>
    AwaitingResponse,

    /// <summary>The head of the final message is out, its end is not.</summary>
    SendingBody,

    /// <summary>The message is finished; the exchange may not be.</summary>
    Done,

    /// <summary>The message is finished, and the one thing left to this side is to close.</summary>
    MustClose,

    /// <summary>This side has closed its direction.</summary>
    Closed,

    /// <summary>HTTP/1.1 is over on this side: another protocol, or a tunnel, owns the bytes.</summary>
    SwitchedProtocol,

    /// <summary>This side broke the protocol, or broke off in the middle of a message.</summary>
    Error,
}

/// <summary>What can happen on one side of a connection.</summary>
public enum ConnectionEvent
{
    /// <summary>The head of a request.</summary>
    Request,

    /// <summary>The head of an informational (1xx) response other than 101.</summary>
    InformationalResponse,

    /// <summary>The head of a final response.</summary>
    Response,

    /// <summary>A 101 response, or a 2xx response to CONNECT.</summary>
    SwitchProtocol,

    /// <summary>Bytes of a body.</summary>
    Data,

    /// <summary>The end of a message, at once if it has no body.</summary>
    EndOfMessage,

    /// <summary>The side said that the connection closes after this exchange: by Connection: close, HTTP/1.0, a body until close.</summary>
    CloseAnnounced,

    /// <summary>The side closed its direction between messages.</summary>
    Closed,

    /// <summary>The side broke the protocol, was reset, timed out or gave up.</summary>
    Fault,
}

/// <summary>Which moves HTTP/1.1 allows on one connection. All rules stand in the two tables of this file.</summary>
/// <remarks>
/// <para>
/// Two machines, one for the party that sends requests and one for the party that answers, each moved by its own events
/// (<see cref="Moves"/>), and drawn along by the state of the other (<see cref="Triggers"/>). The tables know nothing of
/// Local and Peer, so that neither side is judged by softer rules.
/// </para>
/// <para>
/// One object for each connection, from its first byte to its end; a <see cref="Move"/> allocates nothing. Belongs to one thread at
/// a time.
/// </para>
/// </remarks>
public sealed class ConnectionState
{
    /// <summary>The legal moves of the two parties. What is not here is illegal.</summary>
    internal static readonly (ConnectionRole Party, SideState From, ConnectionEvent Event, SideState To)[] Moves =
    [
        (ConnectionRole.Client, SideState.Idle, ConnectionEvent.Request, SideState.SendingBody),
        (ConnectionRole.Client, SideState.Idle, ConnectionEvent.CloseAnnounced, SideState.Idle),
        (ConnectionRole.Client, SideState.Idle, ConnectionEvent.Closed, SideState.Closed),
        (ConnectionRole.Client, SideState.Idle, ConnectionEvent.Fault, SideState.Error),
        (ConnectionRole.Client, SideState.SendingBody, ConnectionEvent.Data, SideState.SendingBody),
        (ConnectionRole.Client, SideState.SendingBody, ConnectionEvent.EndOfMessage, SideState.Done),
        (ConnectionRole.Client, SideState.SendingBody, ConnectionEvent.CloseAnnounced, SideState.SendingBody),
        (ConnectionRole.Client, SideState.SendingBody, ConnectionEvent.Fault, SideState.Error),
        (ConnectionRole.Client, SideState.Done, ConnectionEvent.CloseAnnounced, SideState.Done),
        (ConnectionRole.Client, SideState.Done, ConnectionEvent.Closed, SideState.Closed),
        (ConnectionRole.Client, SideState.Done, ConnectionEvent.Fault, SideState.Error),
        (ConnectionRole.Client, SideState.MustClose, ConnectionEvent.CloseAnnounced, SideState.MustClose),
        (ConnectionRole.Client, SideState.MustClose, ConnectionEvent.Closed, SideState.Closed),
        (ConnectionRole.Client, SideState.MustClose, ConnectionEvent.Fault, SideState.Error),
        (ConnectionRole.Client, SideState.Closed, ConnectionEvent.Closed, SideState.Closed),
        (ConnectionRole.Client, SideState.Closed, ConnectionEvent.Fault, SideState.Error),
        (ConnectionRole.Client, SideState.SwitchedProtocol, ConnectionEvent.Fault, SideState.Error),
        (ConnectionRole.Client, SideState.Error, ConnectionEvent.Fault, SideState.Error),

        (ConnectionRole.Server, SideState.Idle, ConnectionEvent.CloseAnnounced, SideState.Idle),
        (ConnectionRole.Server, SideState.Idle, ConnectionEvent.Closed, SideState.Closed),
        (ConnectionRole.Server, SideState.Idle, ConnectionEvent.Fault, SideState.Error),
        (ConnectionRole.Server, SideState.AwaitingResponse, ConnectionEvent.InformationalResponse, SideState.AwaitingResponse),
        (ConnectionRole.Server, SideState.AwaitingResponse, ConnectionEvent.Response, SideState.SendingBody),
        (ConnectionRole.Server, SideState.AwaitingResponse, ConnectionEvent.SwitchProtocol, SideState.SwitchedProtocol),
        (ConnectionRole.Server, SideState.AwaitingResponse, ConnectionEvent.CloseAnnounced, SideState.AwaitingResponse),
        (ConnectionRole.Server, SideState.AwaitingResponse, ConnectionEvent.Fault, SideState.Error),
        (ConnectionRole.Server, SideState.SendingBody, ConnectionEvent.Data, SideState.SendingBody),
        (ConnectionRole.Server, SideState.SendingBody, ConnectionEvent.EndOfMessage, SideState.Done),
        (ConnectionRole.Server, SideState.SendingBody, ConnectionEvent.CloseAnnounced, SideState.SendingBody),
        (ConnectionRole.Server, SideState.SendingBody, ConnectionEvent.Fault, SideState.Error),
        (ConnectionRole.Server, SideState.Done, ConnectionEvent.CloseAnnounced, SideState.Done),
        (ConnectionRole.Server, SideState.Done, ConnectionEvent.Closed, SideState.Closed),
        (ConnectionRole.Server, SideState.Done, ConnectionEvent.Fault, SideState.Error),
        (ConnectionRole.Server, SideState.MustClose, ConnectionEvent.CloseAnnounced, SideState.MustClose),
        (ConnectionRole.Server, SideState.MustClose, ConnectionEvent.Closed, SideState.Closed),
        (ConnectionRole.Server, SideState.MustClose, ConnectionEvent.Fault, SideState.Error),
        (ConnectionRole.Server, SideState.Closed, ConnectionEvent.Closed, SideState.Closed),
        (ConnectionRole.Server, SideState.Closed, ConnectionEvent.Fault, SideState.Error),
        (ConnectionRole.Server, SideState.SwitchedProtocol, ConnectionEvent.Fault, SideState.Error),
        (ConnectionRole.Server, SideState.Error, ConnectionEvent.Fault, SideState.Error),
    ];

    /// <summary>
    /// What the two states do to each other, and whether the connection is kept alive. Null matches anything, or leaves it as it is.
    /// The first row that matches is applied, until none does.
    /// </summary>
    internal static readonly (
        SideState? Client, SideState? Server, bool? IsKeptAlive, SideState? NewClient, SideState? NewServer)[] Triggers =
    [
        // A request asks for a response; so does one that could not be read, and gets a 400.
        (SideState.SendingBody, SideState.Idle, null, null, SideState.AwaitingResponse),
        (SideState.Error, SideState.Idle, null, null, SideState.AwaitingResponse),

        // The request of an upgrade or a tunnel is finished, and the server agreed to it.
        (SideState.Done, SideState.SwitchedProtocol, null, SideState.SwitchedProtocol, null),

        // Once one side has announced a close, a finished message is the last one.
        (SideState.Done, null, false, SideState.MustClose, null),
        (null, SideState.Done, false, null, SideState.MustClose),

        // There is no next exchange with a side that is gone.
        (SideState.Closed, SideState.Idle, null, null, SideState.MustClose),
        (SideState.Closed, SideState.Done, null, null, SideState.MustClose),
        (SideState.Error, SideState.Done, null, null, SideState.MustClose),
        (SideState.Idle, SideState.Closed, null, SideState.MustClose, null),
        (SideState.Done, SideState.Closed, null, SideState.MustClose, null),
        (SideState.Idle, SideState.Error, null, SideState.MustClose, null),
        (SideState.Done, SideState.Error, null, SideState.MustClose, null),

        // The exchange is over, and the next one may begin.
        (SideState.Done, SideState.Done, true, SideState.Idle, SideState.Idle),
    ];

    private const int StateCount = (int)SideState.Error + 1;
    private const int EventCount = (int)ConnectionEvent.Fault + 1;
    private const byte Illegal = byte.MaxValue;

    // The same two tables, laid out for one indexed read each.
    private static readonly byte[] _moveTable = BuildMoveTable();
    private static readonly (SideState Client, SideState Server)[] _triggerTable = BuildTriggerTable();

    private readonly ConnectionRole _role;
    private SideState _client;
    private SideState _server;

    /// <summary>A new connection: both sides Idle, kept alive.</summary>
    /// <param name="role">What the local side is.</param>
    public ConnectionState(ConnectionRole role)
    {
        _role = role;
    }

    /// <summary>The state of the local side.</summary>
    public SideState Local => _role == ConnectionRole.Client ? _client : _server;

    /// <summary>The state of the other side.</summary>
    public SideState Peer => _role == ConnectionRole.Client ? _server : _client;

    /// <summary>False from the first <see cref="ConnectionEvent.CloseAnnounced"/> of either side on.</summary>
    public bool IsKeptAlive { get; private set; } = true;

    /// <summary>True exactly while a new exchange may begin: both sides are Idle, and the connection is kept alive.</summary>
    public bool IsReusable => IsKeptAlive && _client == SideState.Idle && _server == SideState.Idle;

    /// <summary>Makes a move, and what follows from it on either side.</summary>
    /// <param name="side">The side on which it happened.</param>
    /// <param name="happened">What happened.</param>
    /// <returns>False, with nothing changed, if the move is illegal: a bug if the side is Local, else a fault of the peer.</returns>
    public bool Move(ConnectionSide side, ConnectionEvent happened)
    {
        var isClient = (side == ConnectionSide.Local) == (_role == ConnectionRole.Client);
        var party = isClient ? ConnectionRole.Client : ConnectionRole.Server;
        var next = _moveTable[MoveIndex(party, isClient ? _client : _server, happened)];
        if (next == Illegal)
        {
            return false;
        }

        IsKeptAlive &= happened != ConnectionEvent.CloseAnnounced;
        var client = isClient ? (SideState)next : _client;
        var server = isClient ? _server : (SideState)next;
        (_client, _server) = _triggerTable[TriggerIndex(client, server, IsKeptAlive)];
        return true;
    }

    /// <summary>For people: both states.</summary>
    public override string ToString() => $"{_role}: local {Local}, peer {Peer}{(IsKeptAlive ? "" : ", closing")}";

    private static int MoveIndex(ConnectionRole party, SideState from, ConnectionEvent happened) =>
        ((((int)party * StateCount) + (int)from) * EventCount) + (int)happened;

    private static int TriggerIndex(SideState client, SideState server, bool isKeptAlive) =>
        ((((int)client * StateCount) + (int)server) * 2) + (isKeptAlive ? 1 : 0);

    private static byte[] BuildMoveTable()
    {
        var table = new byte[2 * StateCount * EventCount];
        Array.Fill(table, Illegal);
        foreach (var move in Moves)
        {
            table[MoveIndex(move.Party, move.From, move.Event)] = (byte)move.To;
        }

        return table;
    }

    private static (SideState Client, SideState Server)[] BuildTriggerTable()
    {
        var table = new (SideState, SideState)[StateCount * StateCount * 2];
        for (var client = SideState.Idle; client <= SideState.Error; client++)
        {
            for (var server = SideState.Idle; server <= SideState.Error; server++)
            {
                table[TriggerIndex(client, server, isKeptAlive: false)] = Settle(client, server, isKeptAlive: false);
                table[TriggerIndex(client, server, isKeptAlive: true)] = Settle(client, server, isKeptAlive: true);
            }
        }

        return table;
    }

    private static (SideState Client, SideState Server) Settle(SideState client, SideState server, bool isKeptAlive)
    {
        // Every row takes one side forward, or both to Idle, where no row without an event matches: so this ends.
        for (var row = 0; row < Triggers.Length; row++)
        {
            var trigger = Triggers[row];
            var isMatch = (trigger.Client ?? client) == client
                && (trigger.Server ?? server) == server
                && (trigger.IsKeptAlive ?? isKeptAlive) == isKeptAlive;
            if (isMatch)
            {
                client = trigger.NewClient ?? client;
                server = trigger.NewServer ?? server;
                row = -1;
            }
        }

        return (client, server);
    }
}
