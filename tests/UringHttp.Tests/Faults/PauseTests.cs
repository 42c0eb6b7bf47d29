using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Faults;

/// <summary>The server's processes are stopped where they are (SIGSTOP), and later go on: the kernel still answers for them.</summary>
[TestFixtureSource(typeof(FaultCases), nameof(FaultCases.All))]
internal sealed class PauseTests(UringBackend backend) : FaultFixture(backend)
{
    [TearDown]
    public void GoOn() => Server.Resume();

    [Test]
    public async Task Who_waits_without_a_limit_is_answered_when_the_server_goes_on()
    {
        HttpClient client = NewClient(slots: 4);
        Server.Pause();
        Task<byte[]>[] gets = [.. Enumerable.Range(0, 20).Select(_ => client.GetByteArrayAsync(Server.At("10240")))];
        await UntilAsync(now => now.OpenDescriptors == 4);
        Server.Resume();
        foreach (Task<byte[]> get in gets)
        {
            AssertSame(await get.Soon(), Server.Files["10240"]);
        }
    }

    [Test]
    public async Task A_head_that_does_not_come_is_told_on_new_connections_and_on_used_ones([Values] bool used)
    {
        HttpClient client = NewClient(slots: 2, headLimit: Short);
        if (used)
        {
            await client.GetByteArrayAsync(Server.At("1")).Soon();
        }

        Server.Pause();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ =>
            AssertTimesOutAsync("ResponseHeadTimeout", () => client.GetByteArrayAsync(Server.At("10240")))));
    }

    [Test]
    public async Task What_is_cancelled_meanwhile_gives_its_slot_to_the_next()
    {
        HttpClient client = NewClient(slots: 2);
        Server.Pause();
        for (int i = 0; i < 10; i++)
        {
            using var cancel = new CancellationTokenSource();
            Task<byte[]>[] gets = [.. Enumerable.Range(0, 2).Select(_ => client.GetByteArrayAsync(Server.At("1"), cancel.Token))];
            await UntilAsync(now => now.OpenDescriptors == 2);
            await cancel.CancelAsync();
            foreach (Task<byte[]> get in gets)
            {
                await get.Fails<OperationCanceledException>();
            }

            // One that was cancelled when its connection was there and nothing had been sent leaves it, as good as new.
            await UntilAsync(now => now is { OpenDescriptors: <= 2, BlocksRented: 0 });
        }
    }
}
