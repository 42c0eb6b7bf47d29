using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>A burst may leave hundreds of responses in stock: what they had from their users must not stay with them.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class PreparedMemoryTests(UringBackend backend) : ClientFixture(backend, Caller.Loop)
{
    [Test]
    public async Task A_response_in_stock_keeps_nothing_of_its_last_user()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            await peer.ReadHeadAsync();
        });
        using UringHttpClient client = new(Loop);
        WeakReference[] lent = await Loop.RunAsync(() => UseAsync(client, peer.Uri)).Soon();
        await CollectAsync(lent);
    }

    [Test]
    public async Task Nor_does_one_that_has_failed()
    {
        await using var peer = new ScriptedPeer(_ => Task.CompletedTask); // closes
        using UringHttpClient client = new(Loop);
        WeakReference[] lent = await Loop.RunAsync(() => FailAsync(client, peer.Uri)).Soon();
        await CollectAsync(lent);
    }

    private static Task CollectAsync(WeakReference[] lent) => Support.Patience.Until(() =>
    {
        GC.Collect();
        return !Array.Exists(lent, reference => reference.IsAlive);
    });

    private static async Task<WeakReference[]> UseAsync(UringHttpClient client, Uri uri)
    {
        var request = new UringHttpRequest(uri);
        byte[] body = new byte[100];
        using var end = new CancellationTokenSource();
        using (UringHttpResponse response = await client.SendAsync(request, end.Token))
        {
            while (await response.ReadAsync(body, end.Token) > 0)
            {
                // Until its end.
            }
        }

        return [new WeakReference(request), new WeakReference(body), new WeakReference(end)];
    }

    private static async Task<WeakReference[]> FailAsync(UringHttpClient client, Uri uri)
    {
        var request = new UringHttpRequest(uri);
        HttpRequestException failure = await client.SendAsync(request).AsTask().Fails<HttpRequestException>();
        return [new WeakReference(request), new WeakReference(failure)];
    }
}
