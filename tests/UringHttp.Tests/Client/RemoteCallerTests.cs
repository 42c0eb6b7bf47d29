using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>Callers off the loop, whose answers go to the thread pool: whatever one of them does, the others go on.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class RemoteCallerTests(UringBackend backend) : ClientFixture(backend, Caller.Pool)
{
    private const int Requests = 24;
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    [Test]
    public async Task One_that_blocks_holds_up_no_other()
    {
        // All answers leave at once, so that many of them go to the pool together.
        await using var peer = AnsweringTogether();
        HttpClient client = NewClient();
        using var others = new CountdownEvent(Requests - 1);
        int first = 0;
        await Task.WhenAll(Enumerable.Range(0, Requests).Select(_ => Task.Run(async () =>
        {
            using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
            if (Interlocked.Increment(ref first) == 1)
            {
                Assert.That(others.Wait(Patience), Is.True, "the others wait for the one that blocks");
            }
            else
            {
                others.Signal();
            }
        }))).Soon();
    }

    [Test]
    public async Task One_that_blocks_for_its_own_next_request_gets_it()
    {
        await using var peer = AnsweringTogether();
        HttpClient client = NewClient();
        await Task.WhenAll(Enumerable.Range(0, Requests).Select(_ => Task.Run(async () =>
        {
            using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);

            // The wake of the loop may be put off while this answer is worked on; not for as long as that takes.
            Assert.That(client.Send(new HttpRequestMessage(HttpMethod.Get, peer.Uri)).IsSuccessStatusCode, Is.True);
        }))).Soon();
    }

    [Test]
    public async Task Those_that_wait_when_the_loop_ends_are_told()
    {
        await using var peer = new ScriptedPeer(peer => peer.WaitForCloseAsync());
        using var loop = new UringLoop(new UringLoopOptions { Backend = Backend });
        using var client = new HttpClient(new UringHttpHandler(loop));
        Task[] waiting = [.. Enumerable.Range(0, Requests).Select(_ => client.GetAsync(peer.Uri))];
        await Support.Patience.Until(() => peer.Accepted == Requests);
        loop.Dispose();
        foreach (Task task in waiting)
        {
            await Assert.ThatAsync(async () => await task.Soon(), Throws.Exception);
            Assert.That(task.IsFaulted || task.IsCanceled, Is.True);
        }
    }

    /// <summary>Answers nobody before all have asked once.</summary>
    private static ScriptedPeer AnsweringTogether()
    {
        int asked = 0;
        return new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                Interlocked.Increment(ref asked);
                await Support.Patience.Until(() => Volatile.Read(ref asked) >= Requests);
                await peer.WriteAsync(Ok);
            }
        });
    }
}
