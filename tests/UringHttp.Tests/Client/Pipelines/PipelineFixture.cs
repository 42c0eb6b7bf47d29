using System.Collections.Concurrent;
using System.Text;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Pipelines;

/// <summary>
/// A client that pipelines on one connection, unless a test says otherwise, and a peer whose answers say what they are the answer to.
/// </summary>
internal abstract class PipelineFixture(UringBackend backend) : ClientFixture(backend, Caller.Loop)
{
    protected static readonly int[] Eight = [.. Enumerable.Range(0, 8)];

    /// <summary>What a peer was asked, in the order in which it came.</summary>
    protected ConcurrentQueue<string> Targets { get; } = new();

    [SetUp]
    public void ForgetTargets() => Targets.Clear();

    /// <summary>The answer to a request's head: its body is the request's target.</summary>
    protected static string AnswerTo(string head, string fields = "")
    {
        string[] line = head.Split(' ');
        string target = line[1];
        bool isChunked = target.Contains("chunked", StringComparison.Ordinal);
        string body = isChunked ? $"{target.Length:x}\r\n{target}\r\n0\r\n\r\n" : target;
        string framing = isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {target.Length}";
        return $"HTTP/1.1 200 OK\r\n{framing}\r\n{fields}\r\n{(line[0] == "HEAD" ? string.Empty : body)}";
    }

    /// <summary>Answers every request.</summary>
    protected static async Task AnswerAllAsync(PeerConnection peer)
    {
        while (await peer.ReadHeadAsync() is { } head)
        {
            await peer.WriteAsync(AnswerTo(head));
        }
    }

    /// <summary>Reads so many heads, and answers none.</summary>
    protected static async Task<string[]> ReadHeadsAsync(PeerConnection peer, int count)
    {
        string[] heads = new string[count];
        for (int i = 0; i < count; i++)
        {
            heads[i] = await peer.ReadHeadAsync() ?? throw new IOException($"The client closed after {i} of {count} requests.");
        }

        return heads;
    }

    protected static string TargetOf(string head) => head.Split(' ')[1];

    protected UringHttpClient NewPipeliningClient(int depth, Action<UringHttpHandlerOptions>? configure = null)
    {
        var options = new UringHttpHandlerOptions { MaxConnectionsPerServer = 1 };
        configure?.Invoke(options);
        return new UringHttpClient(Loop, options) { MaxPipelineDepth = depth };
    }

    /// <summary>Gets one, and with that a connection that is known to be kept.</summary>
    protected static Task WarmUpAsync(UringHttpClient client, ScriptedPeer peer) => GetAsync(client, peer, "/warm");

    /// <summary>Sends a request, and checks that what comes is its own answer.</summary>
    protected static Task GetAsync(UringHttpClient client, ScriptedPeer peer, string target, CancellationToken token = default) =>
        SendAsync(client, peer, HttpMethod.Get, target, token);

    /// <inheritdoc cref="GetAsync"/>
    protected static async Task SendAsync(
        UringHttpClient client, ScriptedPeer peer, HttpMethod method, string target, CancellationToken token = default)
    {
        using var message = new HttpRequestMessage(method, new Uri(peer.Uri, target));
        message.Content = method == HttpMethod.Post ? new StringContent("x") : null;
        using UringHttpResponse response = await client.SendAsync(new UringHttpRequest(message), token);
        string body = await TextAsync(response);
        Assert.That(body, Is.EqualTo(method == HttpMethod.Head ? string.Empty : target));
    }

    protected static async Task<string> TextAsync(UringHttpResponse response) =>
        Encoding.ASCII.GetString(await response.ReadAsByteArrayAsync());

    /// <summary>Lets the loop do whatever it has to do. What it has sent by then has arrived: the loopback is that quick.</summary>
    protected async Task SettleAsync()
    {
        for (int i = 0; i < 20; i++)
        {
            await Loop.RunAsync(() => Task.CompletedTask);
        }
    }

    /// <summary>A peer whose first connection answers one request, reads eight more and does as it is told; all others behave.</summary>
    protected ScriptedPeer Breaking(
        Func<PeerConnection, string[], Task> ending, Func<PeerConnection, Task>? others = null) => new(async connection =>
    {
        if (connection.Index > 0)
        {
            await (others ?? LogAndAnswerAllAsync)(connection);
            return;
        }

        await connection.WriteAsync(AnswerTo((await connection.ReadHeadAsync())!));
        string[] read = await ReadHeadsAsync(connection, 8);
        foreach (string head in read)
        {
            Targets.Enqueue(TargetOf(head));
        }

        await ending(connection, read);
    });

    private async Task LogAndAnswerAllAsync(PeerConnection connection)
    {
        while (await connection.ReadHeadAsync() is { } head)
        {
            Targets.Enqueue(TargetOf(head));
            await connection.WriteAsync(AnswerTo(head));
        }
    }

    protected void AssertSent(Func<int, int> times)
    {
        foreach (int i in Eight)
        {
            Assert.That(Targets.Count(target => target == $"/{i}"), Is.EqualTo(times(i)), $"how often /{i} was sent");
        }
    }
}
