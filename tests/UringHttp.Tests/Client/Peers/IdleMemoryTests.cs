using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Peers;

/// <summary>What connections keep while nobody uses them. The server is a process of its own: its memory must not count.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class IdleMemoryTests(UringBackend backend) : LoopFixture(backend)
{
    /// <summary>So many fill the stocks of what is used again, which is no cost of the others.</summary>
    private const int First = 300;

    private const int All = 900;

    /// <summary>About 600 by the count of objects; the rest is for arrays that have doubled.</summary>
    private const int MostBytesEach = 1024;

    [Test]
    public async Task An_idle_connection_takes_little_memory()
    {
        using Nginx nginx = Nginx.Start(string.Empty);
        nginx.AddFile("1", 1);
        var uri = new Uri(nginx.Uri, "1");
        using var client = new HttpClient(new UringHttpHandler(Loop));
        long before = await MeasureAsync(First);
        long after = await MeasureAsync(All);
        Assert.That((after - before) / (All - First), Is.LessThan(MostBytesEach));

        async Task<long> MeasureAsync(int connections)
        {
            await Loop.RunAsync(() => Task.WhenAll(Enumerable.Range(0, connections).Select(_ => client.GetByteArrayAsync(uri)))).Soon();
            Assert.That(Loop.Counters.OpenDescriptors, Is.EqualTo(connections), "each of them had a connection");
            return Measure();
        }
    }

    /// <summary>Managed bytes without the loop's blocks, of which an idle connection has none.</summary>
    private long Measure() => GC.GetTotalMemory(forceFullCollection: true) - Loop.Counters.BlockMemory;
}
