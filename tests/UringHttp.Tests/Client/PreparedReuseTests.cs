using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>What a prepared response stands on is used again, by one request at a time whatever users do with its task.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class PreparedReuseTests(UringBackend backend) : ClientFixture(backend, Caller.Loop)
{
    [Test]
    public async Task A_failure_that_is_taken_twice_goes_back_into_stock_once()
    {
        using UringHttpClient client = new(Loop);
        using var listener = SocketPair.Listen();
        var request = new UringHttpRequest(new Uri($"http://{listener.LocalEndPoint}/"));
        await Loop.RunAsync(async () =>
        {
            using var cancelled = new CancellationTokenSource();
            await cancelled.CancelAsync();
            ValueTask<UringHttpResponse> failed = client.SendAsync(request, cancelled.Token);
            await TakeAsync(failed).Fails<OperationCanceledException>();
            ExpectRefusal(failed);
            using var end = new CancellationTokenSource();
            await ExpectAnotherAsync(client, request, client.SendAsync(request, end.Token).AsTask(), end);
        }).Soon();
    }

    [Test]
    public async Task A_result_that_is_asked_for_too_early_stays_in_use()
    {
        using UringHttpClient client = new(Loop);
        using var listener = SocketPair.Listen();
        var request = new UringHttpRequest(new Uri($"http://{listener.LocalEndPoint}/"));
        await Loop.RunAsync(async () =>
        {
            using var end = new CancellationTokenSource();
            ValueTask<UringHttpResponse> pending = client.SendAsync(request, end.Token);
            ExpectRefusal(pending);
            await ExpectAnotherAsync(client, request, pending.AsTask(), end);
        }).Soon();
    }

    private static async Task TakeAsync(ValueTask<UringHttpResponse> task) => (await task).Dispose();

    private static void ExpectRefusal(ValueTask<UringHttpResponse> task)
    {
#pragma warning disable CA2012 // the wrong use is what is tested
        Assert.Throws<InvalidOperationException>(() => task.GetAwaiter().GetResult());
#pragma warning restore CA2012
    }

    /// <summary>Another request at the same time must not share what the first one stands on: each has an end of its own.</summary>
    private static async Task ExpectAnotherAsync(
        UringHttpClient client, UringHttpRequest request, Task<UringHttpResponse> first, CancellationTokenSource endOfFirst)
    {
        using var end = new CancellationTokenSource();
        Task<UringHttpResponse> second = client.SendAsync(request, end.Token).AsTask();
        await end.CancelAsync();
        await second.Fails<OperationCanceledException>();
        Assert.That(first.IsCompleted, Is.False);
        await endOfFirst.CancelAsync();
        await first.Fails<OperationCanceledException>();
    }
}
