using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

/// <summary>Everything at once, from everywhere; then nothing may be left.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class SocketStressTests(UringBackend backend) : LoopFixture(backend)
{
    private const int Steps = 20_000;
    private const int Workers = 8;

    /// <summary>Workers get each other's connections at times, and then nobody sends what they wait for.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    [Test]
    public async Task Random_connections_leave_nothing_behind()
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        await using var listener = UringListener.Bind(Loop, new IPEndPoint(IPAddress.Loopback, 0));
        var left = Steps;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Run(worker % 2 == 0, async () =>
        {
            var random = new Random(seed + worker);
            while (Interlocked.Add(ref left, -10) > 0)
            {
                await UseConnectionAsync(Loop, listener, random, random.Next(1, 20));
            }
        }))).Soon($"seed {seed}");
        await listener.DisposeAsync().Soon();
        await Patience.Until(() => Loop.Counters is { OperationsInFlight: 0, OpenDescriptors: 0 }, $"nothing left, seed {seed}");
    }

    [Test]
    public async Task A_loop_that_ends_in_the_middle_leaves_nothing_behind([Range(1, 10)] int seed)
    {
        var loop = NewLoop();
        var listener = UringListener.Bind(loop, new IPEndPoint(IPAddress.Loopback, 0));
        var turns = 0;
        var enough = new TaskCompletionSource();
        var workers = Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            var random = new Random((seed * 100) + worker);
            try
            {
                while (true)
                {
                    await (worker % 2 == 0
                        ? loop.RunAsync(() => UseConnectionAsync(loop, listener, random, 5))
                        : UseConnectionAsync(loop, listener, random, 5));
                    if (Interlocked.Increment(ref turns) == seed * 3)
                    {
                        enough.SetResult();
                    }
                }
            }
            catch (ObjectDisposedException)
            {
                // The loop has ended.
            }
        })).ToArray();
        await enough.Task.Soon();
        await Task.Run(loop.Dispose).Soon($"Dispose, seed {seed}");
        await Task.WhenAll(workers).Soon($"seed {seed}");
        Assert.That(loop.Counters, Has.Property("OperationsInFlight").Zero.And.Property("OpenDescriptors").Zero);
    }

    [Test]
    public async Task Collections_that_move_everything_do_not_harm_the_bytes([Values] bool onLoop)
    {
        using var pair = await UringPair.ConnectAsync(Loop, settings: new SocketSettings { SendBufferSize = 32 * 1024 });
        await Run(onLoop, async () =>
        {
            for (var round = 0; round < 20; round++)
            {
                // Fresh arrays of the ordinary heap, with garbage between them: the collector wants to move them.
                var sent = NewAmongGarbage(50_000);
                var received = NewAmongGarbage(sent.Length);
                sent.AsSpan().Fill((byte)(round + 1));
                var receive = pair.Server.ReceiveAsync(received).AsTask();
                CollectAndMove();
                var send = pair.Client.SendAsync(sent).AsTask();
                CollectAndMove();
                for (var total = await receive; total < received.Length;)
                {
                    receive = pair.Server.ReceiveAsync(received.AsMemory(total)).AsTask();
                    CollectAndMove();
                    total += await receive;
                }

                await send;
                Assert.That(received.AsSpan().ContainsAnyExcept((byte)(round + 1)), Is.False, $"round {round}");
            }
        }).Soon();
    }

    private static byte[] NewAmongGarbage(int length)
    {
        var garbage = Enumerable.Range(0, 20).Select(_ => new byte[1000]).ToArray();
        var array = new byte[length];
        GC.KeepAlive(garbage);
        return array;
    }

    private static void CollectAndMove() => GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);

    /// <summary>One connection, used at random until it is closed at a random point.</summary>
    private static async Task UseConnectionAsync(UringLoop loop, UringListener listener, Random random, int steps)
    {
        using var cancel = new CancellationTokenSource();
        var accept = listener.AcceptAsync(cancel.Token).AsTask();
        UringSocket? client = null;
        UringSocket? server = null;
        try
        {
            client = random.Next(20) == 0
                ? await UringSocket.ConnectAsync(loop, listener.LocalEndPoint, null, TimeSpan.FromMicroseconds(random.Next(1, 500)))
                : await UringSocket.ConnectAsync(loop, listener.LocalEndPoint, null, null, CancelSometimes(cancel, random));
            server = await accept.WaitAsync(Soon);
            for (var i = 0; i < steps; i++)
            {
                var (one, other) = random.Next(2) == 0 ? (client, server) : (server, client);
                await StepAsync(one, other, random);
            }
        }
        catch (Exception e) when (e is UringException or OperationCanceledException or TimeoutException)
        {
            // The other end was closed, or this one was told to stop.
        }
        catch (ObjectDisposedException) when (!IsEnded(loop))
        {
            // The step closed its own socket.
        }
        finally
        {
            await cancel.CancelAsync();
            client?.Dispose();
            server?.Dispose();
            await accept.ContinueWith(DisposeResult, TaskScheduler.Default);
        }
    }

    private static void DisposeResult(Task<UringSocket> accept)
    {
        if (accept.IsCompletedSuccessfully)
        {
            accept.GetAwaiter().GetResult().Dispose();
        }
    }

    private static async Task StepAsync(UringSocket one, UringSocket other, Random random)
    {
        using var cancel = new CancellationTokenSource();
        var buffer = new byte[random.Next(1, 5000)];
        switch (random.Next(8))
        {
            case 0:
                one.ReceiveTimeout = TimeSpan.FromMicroseconds(random.Next(1, 2000));
                await one.ReceiveAsync(buffer, CancelSometimes(cancel, random));
                break;
            case 1:
                one.ReceiveTimeout = TimeSpan.FromMilliseconds(1);
                await one.ReceiveAsync(Memory<byte>.Empty);
                break;
            case 2:
                cancel.CancelAfter(Soon);
                var wait = one.WaitReadableAsync(cancel.Token).AsTask();
                await other.SendAsync(buffer);
                await wait;
                break;
            case 3:
                one.ReceiveTimeout = Soon;
                var receive = one.ReceiveAsync(buffer, CancelSometimes(cancel, random)).AsTask();
                if (random.Next(2) == 0)
                {
                    one.Dispose();
                }
                else
                {
                    other.Dispose();
                }

                await receive;
                break;
            case 4:
                one.ShutdownSend();
                break;
            default:
                await one.SendAsync(buffer, CancelSometimes(cancel, random));
                other.ReceiveTimeout = Soon;
                await other.ReceiveAsync(buffer);
                break;
        }
    }

    private static CancellationToken CancelSometimes(CancellationTokenSource source, Random random)
    {
        switch (random.Next(10))
        {
            case 0:
                source.CancelAfter(TimeSpan.FromMilliseconds(random.Next(3)));
                return source.Token;
            case 1:
                _ = Task.Run(() =>
                {
                    try
                    {
                        source.Cancel();
                    }
                    catch (ObjectDisposedException)
                    {
                        // Too late.
                    }
                });
                return source.Token;
            default:
                return CancellationToken.None;
        }
    }

    private static bool IsEnded(UringLoop loop)
    {
        try
        {
            loop.Post(() => { });
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }
}
