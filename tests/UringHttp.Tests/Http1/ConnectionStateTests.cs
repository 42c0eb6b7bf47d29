using NUnit.Framework;

namespace UringHttp.Tests.Http1;

[TestFixture]
internal sealed class ConnectionStateTests
{
    private const ConnectionSide Local = ConnectionSide.Local;
    private const ConnectionSide Peer = ConnectionSide.Peer;

    private static readonly ConnectionEvent[] _events = Enum.GetValues<ConnectionEvent>();
    private static readonly ConnectionSide[] _sides = Enum.GetValues<ConnectionSide>();

    [Test]
    public void Every_state_that_can_be_reached_makes_the_legal_moves_of_the_table_and_no_other([Values] ConnectionRole role)
    {
        // Walks all paths, each as the list of moves that leads there, until no new state is found.
        var known = new HashSet<(SideState, SideState, bool)>();
        var open = new Queue<(ConnectionSide, ConnectionEvent)[]>();
        open.Enqueue([]);
        var legal = 0;
        var illegal = 0;
        while (open.TryDequeue(out var path))
        {
            var reached = Walk(role, path);
            if (!known.Add((reached.Local, reached.Peer, reached.IsKeptAlive)))
            {
                continue;
            }

            foreach (var side in _sides)
            {
                foreach (var happened in _events)
                {
                    var state = Walk(role, path);
                    var before = (state.Local, state.Peer, state.IsKeptAlive);
                    var party = side == Local == (role == ConnectionRole.Client) ? ConnectionRole.Client : ConnectionRole.Server;
                    var from = side == Local ? state.Local : state.Peer;
                    var rows = ConnectionState.Moves
                        .Where(row => row.Party == party && row.From == from && row.Event == happened)
                        .ToArray();
                    var isMade = state.Move(side, happened);
                    var what = $"{string.Join(" ", path)} then {side} {happened}";
                    Assert.That(rows, Has.Length.LessThanOrEqualTo(1), what);
                    Assert.That(isMade, Is.EqualTo(rows.Length == 1), what);
                    if (isMade)
                    {
                        legal++;
                        var client = party == ConnectionRole.Client ? rows[0].To : ClientOf(role, before.Local, before.Peer);
                        var server = party == ConnectionRole.Server ? rows[0].To : ServerOf(role, before.Local, before.Peer);
                        var isKeptAlive = before.IsKeptAlive && happened != ConnectionEvent.CloseAnnounced;
                        Assert.That(
                            (ClientOf(role, state.Local, state.Peer), ServerOf(role, state.Local, state.Peer), state.IsKeptAlive),
                            Is.EqualTo(Settle(client, server, isKeptAlive)),
                            what);
                        open.Enqueue([.. path, (side, happened)]);
                    }
                    else
                    {
                        illegal++;
                        Assert.That((state.Local, state.Peer, state.IsKeptAlive), Is.EqualTo(before), what);
                    }
                }
            }
        }

        Assert.That(legal, Is.GreaterThan(100));
        Assert.That(illegal, Is.GreaterThan(100));
        foreach (var (local, peer, _) in known)
        {
            var client = ClientOf(role, local, peer);
            var server = ServerOf(role, local, peer);
            Assert.That(client, Is.Not.EqualTo(SideState.AwaitingResponse), "a client is never here");
            Assert.That((client, server), Is.Not.EqualTo((SideState.Done, SideState.Done)), "the exchange is over at once");
        }
    }

    [Test]
    public void Every_legal_move_of_the_table_can_happen()
    {
        var made = new HashSet<(ConnectionRole, SideState, ConnectionEvent)>();
        var known = new HashSet<string>();
        var open = new Queue<(ConnectionSide, ConnectionEvent)[]>();
        open.Enqueue([]);
        while (open.TryDequeue(out var path))
        {
            if (!known.Add(Walk(ConnectionRole.Client, path).ToString()))
            {
                continue;
            }

            foreach (var side in _sides)
            {
                foreach (var happened in _events)
                {
                    var state = Walk(ConnectionRole.Client, path);
                    var from = side == Local ? state.Local : state.Peer;
                    if (state.Move(side, happened))
                    {
                        made.Add((side == Local ? ConnectionRole.Client : ConnectionRole.Server, from, happened));
                        open.Enqueue([.. path, (side, happened)]);
                    }
                }
            }
        }

        Assert.That(made, Is.EquivalentTo(ConnectionState.Moves.Select(row => (row.Party, row.From, row.Event))));
    }

    [Test]
    public void A_client_and_a_server_see_the_same_exchange_from_their_sides()
    {
        var client = new ConnectionState(ConnectionRole.Client);
        var server = new ConnectionState(ConnectionRole.Server);
        foreach (var (isFromClient, happened) in new[]
        {
            (true, ConnectionEvent.Request), (false, ConnectionEvent.InformationalResponse), (true, ConnectionEvent.Data),
            (true, ConnectionEvent.EndOfMessage), (false, ConnectionEvent.Response), (false, ConnectionEvent.Data),
            (false, ConnectionEvent.CloseAnnounced), (false, ConnectionEvent.EndOfMessage), (false, ConnectionEvent.Closed),
        })
        {
            Assert.That(client.Move(isFromClient ? Local : Peer, happened), Is.True, $"{happened}");
            Assert.That(server.Move(isFromClient ? Peer : Local, happened), Is.True, $"{happened}");
            Assert.That((server.Local, server.Peer), Is.EqualTo((client.Peer, client.Local)), $"{happened}");
        }
    }

    [Test]
    public void A_connection_is_reusable_after_each_whole_exchange()
    {
        var state = new ConnectionState(ConnectionRole.Client);
        for (var exchange = 0; exchange < 3; exchange++)
        {
            Assert.That(state.IsReusable, Is.True);
            Make(state, (Local, ConnectionEvent.Request));
            Assert.That(state.IsReusable, Is.False);
            Assert.That((state.Local, state.Peer), Is.EqualTo((SideState.SendingBody, SideState.AwaitingResponse)));
            Make(state, (Local, ConnectionEvent.EndOfMessage), (Peer, ConnectionEvent.Response));
            Assert.That((state.Local, state.Peer), Is.EqualTo((SideState.Done, SideState.SendingBody)));
            Make(state, (Peer, ConnectionEvent.EndOfMessage));
        }

        Assert.That(state.IsReusable, Is.True);
    }

    [Test]
    public void Any_number_of_informational_responses_comes_before_the_final_one_and_none_after()
    {
        var state = Walk(ConnectionRole.Client, (Local, ConnectionEvent.Request));
        Make(state, (Peer, ConnectionEvent.InformationalResponse), (Peer, ConnectionEvent.InformationalResponse));
        Make(state, (Peer, ConnectionEvent.Response));
        Assert.That(state.Move(Peer, ConnectionEvent.InformationalResponse), Is.False);
        Assert.That(state.Move(Peer, ConnectionEvent.Response), Is.False);
    }

    [Test]
    public void A_response_that_ends_before_the_request_does_leaves_the_request_to_be_finished()
    {
        var state = Walk(
            ConnectionRole.Client,
            (Local, ConnectionEvent.Request),
            (Peer, ConnectionEvent.Response),
            (Peer, ConnectionEvent.EndOfMessage));
        Assert.That((state.Local, state.Peer, state.IsReusable), Is.EqualTo((SideState.SendingBody, SideState.Done, false)));
        Make(state, (Local, ConnectionEvent.Data), (Local, ConnectionEvent.EndOfMessage));
        Assert.That(state.IsReusable, Is.True);
    }

    [Test]
    public void A_413_that_announces_a_close_ends_the_connection_whether_the_request_is_finished_or_given_up([Values] bool isGivenUp)
    {
        var state = Walk(
            ConnectionRole.Client,
            (Local, ConnectionEvent.Request),
            (Peer, ConnectionEvent.Response),
            (Peer, ConnectionEvent.CloseAnnounced),
            (Peer, ConnectionEvent.EndOfMessage));
        Assert.That((state.Local, state.Peer), Is.EqualTo((SideState.SendingBody, SideState.MustClose)));
        Make(state, (Local, isGivenUp ? ConnectionEvent.Fault : ConnectionEvent.EndOfMessage));
        Assert.That(state.Local, Is.EqualTo(isGivenUp ? SideState.Error : SideState.MustClose));
        Assert.That(state.IsReusable, Is.False);
    }

    [Test]
    public void A_response_without_a_request_is_illegal() =>
        Assert.That(new ConnectionState(ConnectionRole.Client).Move(Peer, ConnectionEvent.Response), Is.False);

    [Test]
    public void A_request_before_the_response_to_the_one_before_is_illegal()
    {
        var state = Walk(ConnectionRole.Client, (Local, ConnectionEvent.Request), (Local, ConnectionEvent.EndOfMessage));
        Assert.That(state.Move(Local, ConnectionEvent.Request), Is.False);
    }

    [Test]
    public void A_peer_that_closes_an_idle_connection_leaves_nothing_to_do_but_to_close()
    {
        var state = Walk(ConnectionRole.Client, (Peer, ConnectionEvent.Closed));
        Assert.That((state.Local, state.Peer, state.IsReusable), Is.EqualTo((SideState.MustClose, SideState.Closed, false)));
        Assert.That(state.Move(Local, ConnectionEvent.Request), Is.False);
        Make(state, (Local, ConnectionEvent.Closed));
    }

    [Test]
    public void A_peer_cannot_close_in_the_middle_of_a_message_without_fault()
    {
        var state = Walk(ConnectionRole.Client, (Local, ConnectionEvent.Request));
        Assert.That(state.Move(Peer, ConnectionEvent.Closed), Is.False);
        Make(state, (Peer, ConnectionEvent.Fault), (Local, ConnectionEvent.EndOfMessage));
        Assert.That((state.Local, state.Peer), Is.EqualTo((SideState.MustClose, SideState.Error)));
    }

    [Test]
    public void A_server_may_answer_a_request_that_it_could_not_read_and_must_close_then()
    {
        var state = Walk(ConnectionRole.Server, (Peer, ConnectionEvent.Fault));
        Make(state, (Local, ConnectionEvent.Response), (Local, ConnectionEvent.EndOfMessage));
        Assert.That((state.Local, state.Peer, state.IsReusable), Is.EqualTo((SideState.MustClose, SideState.Error, false)));
    }

    [Test]
    public void A_client_that_closes_its_direction_still_gets_its_response()
    {
        var state = Walk(
            ConnectionRole.Server, (Peer, ConnectionEvent.Request), (Peer, ConnectionEvent.EndOfMessage), (Peer, ConnectionEvent.Closed));
        Make(state, (Local, ConnectionEvent.Response), (Local, ConnectionEvent.EndOfMessage));
        Assert.That((state.Local, state.Peer), Is.EqualTo((SideState.MustClose, SideState.Closed)));
    }

    [Test]
    public void A_switch_of_protocol_takes_both_sides_once_the_request_is_finished()
    {
        var state = Walk(ConnectionRole.Client, (Local, ConnectionEvent.Request), (Peer, ConnectionEvent.SwitchProtocol));
        Assert.That((state.Local, state.Peer), Is.EqualTo((SideState.SendingBody, SideState.SwitchedProtocol)));
        Make(state, (Local, ConnectionEvent.EndOfMessage));
        Assert.That((state.Local, state.Peer), Is.EqualTo((SideState.SwitchedProtocol, SideState.SwitchedProtocol)));
        Assert.That(state.IsReusable, Is.False);
    }

    private static ConnectionState Walk(ConnectionRole role, params ReadOnlySpan<(ConnectionSide Side, ConnectionEvent Event)> path)
    {
        var state = new ConnectionState(role);
        Make(state, path);
        return state;
    }

    private static void Make(ConnectionState state, params ReadOnlySpan<(ConnectionSide Side, ConnectionEvent Event)> moves)
    {
        foreach (var (side, happened) in moves)
        {
            Assert.That(state.Move(side, happened), Is.True, $"{state}: {side} {happened}");
        }
    }

    private static SideState ClientOf(ConnectionRole role, SideState local, SideState peer) => role == ConnectionRole.Client ? local : peer;

    private static SideState ServerOf(ConnectionRole role, SideState local, SideState peer) => role == ConnectionRole.Client ? peer : local;

    /// <summary>The triggers once more, as the table's own words say: the first row that matches, until none does.</summary>
    private static (SideState Client, SideState Server, bool IsKeptAlive) Settle(SideState client, SideState server, bool isKeptAlive)
    {
        while (true)
        {
            var rows = ConnectionState.Triggers.Where(row =>
                (row.Client is null || row.Client == client)
                && (row.Server is null || row.Server == server)
                && (row.IsKeptAlive is null || row.IsKeptAlive == isKeptAlive)).ToArray();
            if (rows.Length == 0)
            {
                return (client, server, isKeptAlive);
            }

            client = rows[0].NewClient ?? client;
            server = rows[0].NewServer ?? server;
        }
    }
}
