using System.Net;
using System.Net.Sockets;
using NUnit.Framework;

namespace UringHttp.Tests.Loop;

/// <summary>An errno in the form that users of .NET sockets, and libraries that retry, look for.</summary>
internal sealed class UringExceptionTests
{
    private static readonly IPEndPoint EndPoint = new(IPAddress.Loopback, 80);

    /// <summary>As System.Net.Sockets has them on Linux.</summary>
    [TestCase(1, SocketError.AccessDenied)]
    [TestCase(13, SocketError.AccessDenied)]
    [TestCase(22, SocketError.InvalidArgument)]
    [TestCase(24, SocketError.TooManyOpenSockets)]
    [TestCase(32, SocketError.Shutdown)]
    [TestCase(98, SocketError.AddressAlreadyInUse)]
    [TestCase(99, SocketError.AddressNotAvailable)]
    [TestCase(101, SocketError.NetworkUnreachable)]
    [TestCase(103, SocketError.ConnectionAborted)]
    [TestCase(104, SocketError.ConnectionReset)]
    [TestCase(105, SocketError.NoBufferSpaceAvailable)]
    [TestCase(107, SocketError.NotConnected)]
    [TestCase(110, SocketError.TimedOut)]
    [TestCase(111, SocketError.ConnectionRefused)]
    [TestCase(113, SocketError.HostUnreachable)]
    [TestCase(125, SocketError.OperationAborted)]
    [TestCase(53, SocketError.SocketError)]
    [TestCase(77, SocketError.SocketError)]
    public void The_inner_exception_is_the_one_of_a_socket(int errno, SocketError error)
    {
        var e = new UringException(errno, "connect", EndPoint);
        Assert.Multiple(() =>
        {
            Assert.That(e.InnerException, Is.InstanceOf<SocketException>());
            Assert.That((e.InnerException as SocketException)?.SocketErrorCode, Is.EqualTo(error));
            Assert.That(e.Message, Does.EndWith(e.InnerException?.Message + "."), "both say the same");
        });
    }

    [Test]
    public void A_cause_that_is_known_better_is_kept()
    {
        var cause = new InvalidDataException("mine");
        Assert.That(new UringException(111, "connect", EndPoint, cause).InnerException, Is.SameAs(cause));
    }
}
