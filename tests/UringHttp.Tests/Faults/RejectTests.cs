using System.Net.Sockets;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Faults;

/// <summary>Packets are answered by refusals, as firewalls and routers do.</summary>
[TestFixtureSource(typeof(FaultCases), nameof(FaultCases.All))]
internal sealed class RejectTests(UringBackend backend) : FaultFixture(backend)
{
    [TestCase("tcp reset", SocketError.ConnectionRefused)]
    [TestCase("icmp port-unreachable", SocketError.ConnectionRefused)]
    [TestCase("icmp host-unreachable", SocketError.HostUnreachable)]
    [TestCase("icmp admin-prohibited", SocketError.HostUnreachable)]
    [TestCase("icmp net-unreachable", SocketError.NetworkUnreachable)]
    public async Task A_connect_that_is_refused_says_how(string how, SocketError error)
    {
        HttpClient client = NewClient(slots: 1);
        Filter.Reject(how);
        HttpRequestException thrown = await client.GetByteArrayAsync(Server.At("1")).Fails<HttpRequestException>();
        Assert.That(FailureKinds.Of(thrown), Is.EqualTo(FailureKind.NotConnected));
        Assert.That(FailureKinds.SocketErrorOf(thrown), Is.EqualTo(error));
        Assert.That(thrown.Message, Does.Contain(Server.Uri.Authority));
    }

    [Test]
    public async Task A_body_that_a_reset_cuts_off_is_an_error_and_not_an_end()
    {
        HttpClient client = NewClient(slots: 1);
        using HttpResponseMessage response = await client
            .GetAsync(Server.At($"slow/{FaultServer.Huge}"), HttpCompletionOption.ResponseHeadersRead).Soon();
        Filter.Reject("tcp reset");
        Stream body = await response.Content.ReadAsStreamAsync();
        HttpIOException thrown = await body.CopyToAsync(Stream.Null).Fails<HttpIOException>();
        Assert.That(FailureKinds.SocketErrorOf(thrown), Is.EqualTo(SocketError.ConnectionReset));
    }

    /// <summary>What a router says of a connection that there is, TCP does not take for its end (RFC 5927).</summary>
    [Test]
    public async Task A_body_that_a_router_refuses_for_a_while_goes_on_afterwards()
    {
        HttpClient client = NewClient(slots: 1);
        using HttpResponseMessage response = await client
            .GetAsync(Server.At("slow/300000"), HttpCompletionOption.ResponseHeadersRead).Soon();
        Filter.Reject("icmp host-unreachable");
        await Support.Patience.Until(() => Filter.Met > 0);
        Filter.Clear();
        AssertSame(await response.Content.ReadAsByteArrayAsync().Soon(), Server.Files["300000"]);
    }
}
