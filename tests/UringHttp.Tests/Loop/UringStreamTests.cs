using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class UringStreamTests(UringBackend backend) : LoopFixture(backend)
{
    [Test]
    public async Task It_reads_and_writes([Values] bool onLoop)
    {
        using var pair = await UringPair.ConnectAsync(Loop);
        await Run(onLoop, async () =>
        {
            await using var client = new UringStream(pair.Client);
            await using var server = new UringStream(pair.Server);
            await client.WriteAsync(new byte[] { 1, 2, 3 });
            await WriteOldStyleAsync(client, [4, 5, 6, 7], 1, 2);
            await client.FlushAsync();
            var buffer = new byte[5];
            await server.ReadExactlyAsync(buffer);
            Assert.That(buffer, Is.EqualTo([1, 2, 3, 5, 6]));
            client.Socket.ShutdownSend();
            Assert.That(await ReadOldStyleAsync(server, buffer), Is.Zero);
        }).Soon();
    }

    [Test]
    public async Task An_empty_buffer_waits_only_where_the_last_read_left_nothing([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        await using var stream = new UringStream(pair.Near);
        await Run(onLoop, async () =>
        {
            pair.Far.Send([1, 2, 3]);
            Assert.That(await stream.ReadAsync(Memory<byte>.Empty), Is.Zero);
            Assert.That(await stream.ReadAsync(new byte[1]), Is.EqualTo(1));
            Assert.That(stream.ReadAsync(Memory<byte>.Empty).AsTask().IsCompletedSuccessfully, "two bytes are there");
            using var cancelled = new CancellationTokenSource();
            await cancelled.CancelAsync();
            await stream.ReadAsync(Memory<byte>.Empty, cancelled.Token).AsTask().Fails<OperationCanceledException>();
            Assert.That(await stream.ReadAsync(new byte[3]), Is.EqualTo(2));
            var wait = stream.ReadAsync(Memory<byte>.Empty).AsTask();
            await Patience.Until(() => Loop.Counters.OperationsInFlight == 1);
            Assert.That(wait.IsCompleted, Is.False);
            pair.Far.Send([4]);
            Assert.That(await wait.Soon(), Is.Zero);
        });
    }

    [Test]
    public async Task Outside_the_loop_it_also_reads_and_writes_synchronously()
    {
        using var pair = await UringPair.ConnectAsync(Loop);
        using var client = new UringStream(pair.Client);
        using var server = new UringStream(pair.Server);
        await Task.Run(() =>
        {
            client.Write([1, 2, 3], 1, 2);
            client.Write([4]);
            client.WriteByte(5);
            client.Flush();
            var buffer = new byte[3];
            server.ReadExactly(buffer, 0, 2);
            server.ReadExactly(buffer.AsSpan(2));
            Assert.That(buffer, Is.EqualTo([2, 3, 4]));
            Assert.That(server.ReadByte(), Is.EqualTo(5));
            pair.Client.ShutdownSend();
            Assert.That(server.ReadByte(), Is.EqualTo(-1));
        }).Soon();
    }

    [Test]
    public async Task On_the_loop_synchronous_members_say_what_to_await_instead()
    {
        using var pair = await UringPair.ConnectAsync(Loop);
        using var stream = new UringStream(pair.Client);
        await Loop.RunAsync(() =>
        {
            Assert.Multiple(() =>
            {
#pragma warning disable CA2022 // nothing is read
                Check(() => stream.Read(new byte[1], 0, 1), "ReadAsync");
                Check(() => stream.Read(new byte[1].AsSpan()), "ReadAsync");
#pragma warning restore CA2022
                Check(() => stream.ReadByte(), "ReadAsync");
                Check(() => stream.Write([1], 0, 1), "WriteAsync");
                Check(() => stream.Write([1]), "WriteAsync");
                Check(() => stream.WriteByte(1), "WriteAsync");
            });
            stream.Flush();
            return Task.CompletedTask;
        }).Soon();

        static void Check(Action code, string instead) =>
            Assert.That(Assert.Throws<InvalidOperationException>(code)!.Message, Does.Contain($"Await {instead} instead"));
    }

    [Test]
    public async Task Its_timeouts_are_those_of_the_socket()
    {
        using var pair = await UringPair.ConnectAsync(Loop);
        using var stream = new UringStream(pair.Client);
        Assert.That((stream.CanTimeout, stream.ReadTimeout, stream.WriteTimeout), Is.EqualTo((true, -1, -1)));
        stream.ReadTimeout = 20;
        stream.WriteTimeout = 30;
        Assert.That(pair.Client.ReceiveTimeout, Is.EqualTo(TimeSpan.FromMilliseconds(20)));
        Assert.That(pair.Client.SendTimeout, Is.EqualTo(TimeSpan.FromMilliseconds(30)));
        await Task.Run(() => stream.ReadByte()).Fails<TimeoutException>();
        stream.ReadTimeout = Timeout.Infinite;
        Assert.That(pair.Client.ReceiveTimeout, Is.EqualTo(Timeout.InfiniteTimeSpan));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.ReadTimeout = 0);
    }

    [Test]
    public async Task It_is_a_stream_without_length_and_position()
    {
        using var pair = await UringPair.ConnectAsync(Loop);
        using var stream = new UringStream(pair.Client);
        Assert.Multiple(() =>
        {
            Assert.That((stream.CanRead, stream.CanWrite, stream.CanSeek), Is.EqualTo((true, true, false)));
            Assert.Throws<NotSupportedException>(() => _ = stream.Length);
            Assert.Throws<NotSupportedException>(() => stream.Position = 1);
            Assert.Throws<NotSupportedException>(() => stream.Seek(0, SeekOrigin.Begin));
            Assert.Throws<NotSupportedException>(() => stream.SetLength(1));
            Assert.Throws<ArgumentNullException>(() => _ = stream.Read(null!, 0, 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => stream.Write(new byte[2], 1, 2));
            Assert.Throws<ArgumentNullException>(() => _ = new UringStream(null!));
        });
    }

    [Test]
    public async Task It_closes_the_socket_only_if_it_owns_it([Values] bool owns, [Values] bool asynchronously)
    {
        using var pair = await UringPair.ConnectAsync(Loop);
        var stream = new UringStream(pair.Client, owns);
        if (asynchronously)
        {
            await stream.DisposeAsync().Soon();
        }
        else
        {
            stream.Dispose();
        }

        var send = pair.Client.SendAsync(new byte[1]).AsTask();
        if (owns)
        {
            await send.Fails<ObjectDisposedException>();
        }
        else
        {
            await send.Soon();
        }
    }

    [Test]
    public async Task Tls_works_over_it([Values] bool onLoop)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var pair = await UringPair.ConnectAsync(Loop);
        await Run(onLoop, async () =>
        {
            await using var client = new SslStream(new UringStream(pair.Client), false, (_, shown, _, _) => certificate.Equals(shown));
            await using var server = new SslStream(new UringStream(pair.Server));
            await Task.WhenAll(
                server.AuthenticateAsServerAsync(certificate),
                client.AuthenticateAsClientAsync("localhost"));
            var sent = new byte[300_000];
            new Random(2).NextBytes(sent);
            var write = client.WriteAsync(sent).AsTask();
            var received = new byte[sent.Length];
            await server.ReadExactlyAsync(received);
            await write;
            Assert.That(received.AsSpan().SequenceEqual(sent));
            Assert.That(Loop.IsLoopThread, Is.EqualTo(onLoop));
            await client.ShutdownAsync();
            Assert.That(await server.ReadAsync(received), Is.Zero);
        }).Soon();
    }

#pragma warning disable CA1835 // the overloads with arrays are what is tested
    private static Task WriteOldStyleAsync(UringStream stream, byte[] bytes, int offset, int count) =>
        stream.WriteAsync(bytes, offset, count, CancellationToken.None);

    private static Task<int> ReadOldStyleAsync(UringStream stream, byte[] buffer) =>
        stream.ReadAsync(buffer, 0, buffer.Length, CancellationToken.None);
#pragma warning restore CA1835
}
