using System.Net.Sockets;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Faults;

/// <summary>A network with a handful of ports for connections, and a client in it that wants more.</summary>
[TestFixtureSource(typeof(FaultCases), nameof(FaultCases.All))]
internal sealed class PortTests(UringBackend backend) : FaultFixture(backend)
{
    private const int Ports = 4;

    private int _first = 50_000;

    /// <summary>Each test has ports that were not used before: the kernel keeps used ones for a while (TIME_WAIT).</summary>
    [SetUp]
    public Task EnterAsync() => Loop.RunAsync(() =>
    {
        Network.Enter(); // the loop's thread ends with the test
        _first += Ports;
        Network.SetPorts(_first, _first + Ports - 1);
        return Task.CompletedTask;
    });

    [TearDown]
    public void GiveMorePorts() => Network.SetPorts(20_000, 40_000);

    [Test]
    public async Task Without_a_free_port_a_request_says_so_and_later_ones_go_on()
    {
        HttpClient client = NewClient(slots: 1);
        List<Socket> hoard = await Loop.RunAsync(() => Task.FromResult(TakeAllPorts()));
        for (int i = 0; i < 5; i++)
        {
            HttpRequestException thrown = await client.GetByteArrayAsync(Server.At("1")).Fails<HttpRequestException>();
            Assert.That(FailureKinds.Of(thrown), Is.EqualTo(FailureKind.NotConnected));
            Assert.That(FailureKinds.SocketErrorOf(thrown), Is.EqualTo(SocketError.AddressNotAvailable));
            Assert.That(thrown.Message, Does.Contain("out of ports"));
            Assert.That(Loop.Counters.OpenDescriptors, Is.Zero);
        }

        hoard.ForEach(socket => socket.Dispose());
        AssertSame(await client.GetByteArrayAsync(Server.At("10240")).Soon(), Server.Files["10240"]);
    }

    [Test]
    public async Task More_slots_than_ports_fail_only_those_that_find_none()
    {
        var load = new Load(Loop, NewClient(slots: Ports * 2), Server, isSmall: true);
        await load.RunAsync(callers: Ports * 4, each: 25).WaitAsync(Patience);
        Assert.That(load.Answered, Is.GreaterThan(0));
        Assert.That(load.Failures, Is.Not.Empty, "the ports were used up");
        Assert.That(
            load.Failures.Select(one => FailureKinds.SocketErrorOf(one.Failure)),
            Is.All.EqualTo(SocketError.AddressNotAvailable));
    }

    /// <summary>Connections that take a port each, until there is none. Closing them gives the ports back at once.</summary>
    private List<Socket> TakeAllPorts()
    {
        var hoard = new List<Socket>();
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            {
                LingerState = new LingerOption(true, 0), // closes by a reset: none lingers in TIME_WAIT
            };
            try
            {
                socket.Connect(Server.Uri.Host, Server.Uri.Port);
                hoard.Add(socket);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
            {
                socket.Dispose();
                Assert.That(hoard, Has.Count.EqualTo(Ports));
                return hoard;
            }
        }
    }
}
