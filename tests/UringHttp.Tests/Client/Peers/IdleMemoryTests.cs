using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Peers;

/// <summary>What connections keep while nobody uses them. The server is a process of its own: its memory must not count.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class IdleMemoryTests(UringBackend backend) : LoopFixture(backend)
{
    private const int Connections = 800;

    /// <summary>About 1,000 by the count of objects. What the burst has left for the next one is counted in.</summary>
    private const int MostBytesEach = 2048;

    [Test]
    public async Task An_idle_connection_takes_little_memory()
    {
        using Nginx nginx = Nginx.Start(string.Empty);
        nginx.AddFile("1", 1);
        var uri = new Uri(nginx.Uri, "1");
        using var client = new HttpClient(new UringHttpHandler(Loop));
        await Loop.RunAsync(() => client.GetByteArrayAsync(uri)).Soon();
        long before = Measure();
        await Loop.RunAsync(() => Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => client.GetByteArrayAsync(uri)))).Soon();
        long after = Measure();
        Assert.That(Loop.Counters.OpenDescriptors, Is.EqualTo(Connections), "each of them had a connection");
        Assert.That((after - before) / Connections, Is.LessThan(MostBytesEach));
    }

    /// <summary>Managed bytes without the loop's blocks, of which an idle connection has none.</summary>
    private long Measure() => GC.GetTotalMemory(forceFullCollection: true) - Loop.Counters.BlockMemory;
}
