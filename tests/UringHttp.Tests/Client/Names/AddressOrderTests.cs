using System.Net;
using NUnit.Framework;

namespace UringHttp.Tests.Client.Names;

internal sealed class AddressOrderTests
{
    [TestCase("", "")]
    [TestCase("1.1.1.1", "1.1.1.1")]
    [TestCase("1.1.1.1 1.1.1.2 1.1.1.3", "1.1.1.1 1.1.1.2 1.1.1.3")]
    [TestCase("::1 ::2 1.1.1.1 1.1.1.2", "::1 1.1.1.1 ::2 1.1.1.2")]
    [TestCase("1.1.1.1 1.1.1.2 ::1 ::2", "1.1.1.1 ::1 1.1.1.2 ::2")]
    [TestCase("::1 ::2 ::3 1.1.1.1", "::1 1.1.1.1 ::2 ::3")]
    [TestCase("::1 1.1.1.1 1.1.1.2 1.1.1.3", "::1 1.1.1.1 1.1.1.2 1.1.1.3")]
    [TestCase("::1 1.1.1.1 ::2 1.1.1.2", "::1 1.1.1.1 ::2 1.1.1.2")]
    public void The_families_take_turns_beginning_with_that_of_the_first_address(string addresses, string order)
    {
        IPAddress[] interleaved = AddressOrder.Interleave([.. Split(addresses).Select(IPAddress.Parse)]);
        Assert.That(interleaved.Select(address => address.ToString()), Is.EqualTo(Split(order)));
    }

    private static string[] Split(string list) => list.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
