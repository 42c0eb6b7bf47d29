using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>Connections that are made otherwise than by the URI: a user's stream, a filter on top, another address.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class ConnectTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    [Test]
    public async Task A_callback_makes_the_stream([Values] bool ofTheLoop, [Values] bool secure)
    {
        await using var peer = ScriptedPeer.Answering(Ok, secure ? TlsTests.Server() : null);
        UringHttpHandlerOptions options = TlsTests.Trusting();
        var asked = new List<(string, Uri?)>();
        options.ConnectCallback = async (context, token) =>
        {
            asked.Add(($"{context.DnsEndPoint.Host}:{context.DnsEndPoint.Port}", context.InitialRequestMessage.RequestUri));
            IPEndPoint address = peer.EndPoint;
            if (ofTheLoop)
            {
                return new UringStream(await UringSocket.ConnectAsync(Loop, address, cancellationToken: token));
            }

            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(address, token);
            return new NetworkStream(socket, ownsSocket: true);
        };
        HttpClient client = NewClient(options);
        var uri = new Uri($"http{(secure ? "s" : "")}://localhost:1234/x");
        for (int i = 0; i < 3; i++)
        {
            Assert.That(await CallAsync(() => client.GetStringAsync(uri)), Is.EqualTo("hello"));
        }

        Assert.That(asked, Is.EqualTo([("localhost:1234", uri)]));
    }

    [Test]
    public async Task A_callback_that_fails_fails_the_request_and_gives_its_slot_back()
    {
        bool fail = true;
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            MaxConnectionsPerServer = 1,
            ConnectCallback = async (_, token) => fail
                ? throw new InvalidOperationException("not today")
                : new UringStream(await UringSocket.ConnectAsync(Loop, peer.EndPoint, cancellationToken: token)),
        });
        HttpRequestException? e = await CallAsync(() =>
            Assert.ThrowsAsync<HttpRequestException>(async () => await client.GetAsync(peer.Uri)));
        Assert.That(e!.HttpRequestError, Is.EqualTo(HttpRequestError.ConnectionError));
        Assert.That(e.InnerException!.Message, Is.EqualTo("not today"));
        fail = false;
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
    }

    [Test]
    public async Task A_filter_sees_the_plain_text([Values] bool secure)
    {
        await using var peer = ScriptedPeer.Answering(Ok, secure ? TlsTests.Server() : null);
        UringHttpHandlerOptions options = TlsTests.Trusting();
        Recorder? recorder = null;
        options.PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(recorder = new Recorder(context.PlaintextStream));
        HttpClient client = NewClient(options);
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        Assert.That(recorder!.Text, Does.StartWith("GET / HTTP/1.1\r\n").And.Contain("hello"));
    }

    [Test]
    public async Task A_unix_socket_serves_any_host()
    {
        string path = Path.Combine(Path.GetTempPath(), $"uringhttp-{Guid.NewGuid():N}.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        Task<string> serving = Task.Run(async () =>
        {
            using Socket accepted = await listener.AcceptAsync();
            byte[] head = new byte[1000];
            int count = await accepted.ReceiveAsync(head);
            await accepted.SendAsync(Encoding.ASCII.GetBytes(Ok));
            return Encoding.ASCII.GetString(head, 0, count);
        });
        try
        {
            HttpClient client = NewClient(new UringHttpHandlerOptions { ConnectEndPoint = new UnixDomainSocketEndPoint(path) });
            Assert.That(await CallAsync(() => client.GetStringAsync(new Uri("http://docker/containers"))), Is.EqualTo("hello"));
            Assert.That(await serving, Does.StartWith("GET /containers HTTP/1.1\r\nHost: docker\r\n"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Keeps what goes through it, both ways.</summary>
    private sealed class Recorder(Stream inner) : Stream
    {
        private readonly StringBuilder _text = new();

        internal string Text => _text.ToString();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await inner.ReadAsync(buffer, cancellationToken);
            _text.Append(Encoding.Latin1.GetString(buffer.Span[..count]));
            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _text.Append(Encoding.Latin1.GetString(buffer.Span));
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Flush() => inner.Flush();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
