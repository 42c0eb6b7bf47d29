using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests;

/// <summary>What holds for all tests.</summary>
[SetUpFixture]
internal sealed class Setup
{
    /// <summary>No test asks the realm that the machine may belong to.</summary>
    [OneTimeSetUp]
    public void LeaveTheRealm() => Kdc.LeaveRealm();
}
