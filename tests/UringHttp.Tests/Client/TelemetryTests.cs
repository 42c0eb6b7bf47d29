using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>
/// What listeners are told, against what the stock handler tells of the same exchanges: measurements, activities, events, and the
/// context in the head.
/// </summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class TelemetryTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static readonly Case[] Cases =
    [
        new("200", Ok),
        new("an old server", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        new("404", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        new("500", "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"),
        new("a redirect", "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n"),
        new("a challenge", "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"),
        new("nonsense", "nonsense\r\n\r\n"),
        new("an end within the head", "HTTP/1.1 200 OK\r\nX: "),
        new("a limit", "HTTP/1.1 200 OK\r\nX: " + new string('x', 70_000) + "\r\n\r\n"),
        new("another method", Ok) { Change = request => request.Method = new HttpMethod("PURGE") },
        new("lower case", Ok) { Change = request => request.Method = new HttpMethod("get") },
        new("a Host of its own", Ok) { Change = request => request.Headers.Host = "other.example:81" },
        new("a query", Ok) { Target = "a/b?secret=1#there" },
        new("an empty query", Ok) { Target = "a%20b/?" },
        new("a traceparent of its own", Ok)
        {
            Change = request => request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        },
        new("refused", null),
    ];

    [TestCaseSource(nameof(Cases))]
    public async Task All_is_told_as_the_stock_handler_tells_it(Case scenario)
    {
        var me = new NetworkCredential("me", "secret");
        Told stock = await RunAsync(scenario, recorder => new SocketsHttpHandler { MeterFactory = recorder, Credentials = me });
        Told ours = await RunAsync(
            scenario,
            recorder => new UringHttpHandler(Loop, new UringHttpHandlerOptions { MeterFactory = recorder, Credentials = me }));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ours.Instruments, Is.EquivalentTo(stock.Instruments));
            Assert.That(ours.Durations, Is.EquivalentTo(stock.Durations));
            Assert.That(ours.Counts, Is.EquivalentTo(stock.Counts));
            Assert.That(ours.Activities, Is.EqualTo(stock.Activities));
            Assert.That(ours.Events, Is.EqualTo(stock.Events));
            Assert.That(ours.Context, Is.EqualTo(stock.Context));
        }

        Assert.That(ours.Activities, Is.Not.Empty);
        Assert.That(ours.Durations, Has.Some.Contains("http.client.request.duration"));
        Assert.That(ours.Events, Has.Some.StartsWith("System.Net.Http.HttpRequestOut.Start"));
    }

    [Test]
    public async Task A_request_that_is_cancelled()
    {
        Told[] told = new Told[2];
        for (int i = 0; i < told.Length; i++)
        {
            bool isStock = i == 0;
            var asked = new TaskCompletionSource();
            await using var peer = new ScriptedPeer(async peer =>
            {
                await peer.ReadHeadAsync();
                asked.SetResult();
                await peer.WaitForCloseAsync();
            });
            using var recorder = new TelemetryRecorder();
            using (var client = new HttpMessageInvoker(isStock
                ? new SocketsHttpHandler { MeterFactory = recorder }
                : new UringHttpHandler(Loop, new UringHttpHandlerOptions { MeterFactory = recorder })))
            {
                using var cancel = new CancellationTokenSource();
                Task sending = CallAsync(() => client.SendAsync(new HttpRequestMessage(HttpMethod.Get, peer.Uri), cancel.Token));
                await asked.Task.Soon();
                await cancel.CancelAsync();
                await sending.Fails<OperationCanceledException>();
                await Support.Patience.Until(() => recorder.Counts.Values.All(count => count == 0)
                    && recorder.Durations.Any(duration => duration.Contains("connection.duration")));
            }

            told[i] = Told.Of(recorder, peer.Port, []);
        }

        Assert.That(told[1].Durations, Is.EquivalentTo(told[0].Durations));
        Assert.That(told[1].Activities, Is.EqualTo(told[0].Activities));
        Assert.That(told[1].Events, Is.EqualTo(told[0].Events));
        Assert.That(told[1].Counts, Is.EquivalentTo(told[0].Counts));
    }

    [Test]
    public async Task Nothing_goes_out_without_a_propagator()
    {
        var heads = new List<string>();
        await using var peer = Recording(heads, Ok);
        using var recorder = new TelemetryRecorder();
        HttpClient client = NewClient(new UringHttpHandlerOptions { ActivityHeadersPropagator = null, MeterFactory = recorder });
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("ok"));
        Assert.That(recorder.Activities, Is.Empty);
        Assert.That(heads.Single(), Does.Not.Contain("traceparent"));
    }

    [Test]
    public async Task The_callers_activity_goes_out_though_nobody_listens()
    {
        var heads = new List<string>();
        await using var peer = Recording(heads, Ok);
        HttpClient client = NewClient();
        string id = string.Empty;
        await CallAsync(async () =>
        {
            using Activity activity = new Activity("caller").Start();
            id = activity.TraceId.ToString();
            Assert.That(await client.GetStringAsync(peer.Uri), Is.EqualTo("ok"));
            Assert.That(Activity.Current, Is.SameAs(activity), "the caller's own is in force again");
        });
        Assert.That(heads.Single(), Does.Contain($"traceparent: 00-{id}-"));
    }

    [Test]
    public async Task Connections_are_counted_while_they_are_idle_and_busy()
    {
        var release = new SemaphoreSlim(0);
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await release.WaitAsync(peer.Stop);
                await peer.WriteAsync(Ok);
            }
        });
        using var recorder = new TelemetryRecorder();
        HttpClient client = NewClient(new UringHttpHandlerOptions { MeterFactory = recorder, MaxConnectionsPerServer = 1 });
        Task<string> first = CallAsync(() => client.GetStringAsync(peer.Uri));
        Task<string> second = CallAsync(() => client.GetStringAsync(peer.Uri));
        await Support.Patience.Until(() => Count("http.client.open_connections", "=active") == 1);
        await Support.Patience.Until(() => Count("http.client.active_requests", string.Empty) == 2);
        release.Release(2);
        await first.Soon();
        await second.Soon();
        await Support.Patience.Until(() => Count("http.client.open_connections", "=idle") == 1);
        Assert.That(Count("http.client.open_connections", "=active"), Is.Zero);
        Assert.That(Count("http.client.active_requests", string.Empty), Is.Zero);
        Assert.That(recorder.Durations.Count(duration => duration.Contains("time_in_queue")), Is.EqualTo(2), "both found no idle one");

        long Count(string instrument, string state) => recorder.Counts
            .Where(count => count.Key.StartsWith(instrument, StringComparison.Ordinal) && count.Key.Contains(state))
            .Sum(count => count.Value);
    }

    private static ScriptedPeer Recording(List<string> heads, string? answer) => new(async peer =>
    {
        while (await peer.ReadHeadAsync() is { } head)
        {
            heads.Add(head);
            bool isSecond = head.StartsWith("GET /ok ", StringComparison.Ordinal) || head.Contains("Authorization:");
            await peer.WriteAsync(isSecond ? Ok : answer!);
            if (!answer!.EndsWith("\r\n\r\n", StringComparison.Ordinal) && answer != Ok)
            {
                return;
            }
        }
    });

    private async Task<Told> RunAsync(Case scenario, Func<TelemetryRecorder, HttpMessageHandler> make)
    {
        var heads = new List<string>();
        await using var peer = Recording(heads, scenario.Answer);
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // and does not listen: connecting is refused
        var uri = new Uri(scenario.Answer is null ? new Uri($"http://{closed.LocalEndPoint}") : peer.Uri, scenario.Target);
        using var recorder = new TelemetryRecorder();
        using (var client = new HttpMessageInvoker(make(recorder)))
        {
            await CallAsync(async () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Get, uri);
                scenario.Change(request);
                try
                {
                    using HttpResponseMessage response = await client.SendAsync(request, CancellationToken.None);
                    await response.Content.ReadAsByteArrayAsync();
                }
                catch (HttpRequestException)
                {
                    // what is told of it is what counts
                }
            });
        }

        // The connections end with the handler, some time later.
        await Support.Patience.Until(() => recorder.Counts.Values.All(count => count == 0)
            && recorder.Durations.Count(text => text.Contains("connection.duration")) == peer.Accepted);
        return Told.Of(recorder, uri.Port, heads);
    }

    /// <summary>What a server answers, and what is asked.</summary>
    internal sealed record Case(string Name, string? Answer)
    {
        internal string Target { get; init; } = string.Empty;

        internal Action<HttpRequestMessage> Change { get; init; } = _ => { };

        public override string ToString() => Name;
    }

    /// <summary>
    /// What was told, without what differs from run to run. Two differences are meant: the stock handler's sockets are of both
    /// families, so that its peers' addresses are mapped ones; and it tells of a connection, and of the queue for one, by the Host
    /// field of the request that it was made for, where ours says where it leads.
    /// </summary>
    private sealed record Told(
        string[] Instruments, string[] Durations, string[] Counts, string[] Activities, string[] Events, string[] Context)
    {
        internal static Told Of(TelemetryRecorder recorder, int port, List<string> heads) => new(
            [.. recorder.Instruments],
            [.. recorder.Durations
                .Select(text => IsOfRequest(text) ? text : text.Replace("other.example", "127.0.0.1"))
                .Select(text => Clean(text, port))],
            [.. recorder.Counts.Keys.Where(key => !key.Contains("open_connections")).Select(key => Clean(key, port))],
            [.. recorder.Activities.Select(text => Clean(text, port))],
            [.. recorder.Events.Select(text => Clean(text, port))],
            [.. heads.Select(head => Clean(Regex.Match(head, "traceparent:.*").Value, port))]);

        private static bool IsOfRequest(string text) => text.StartsWith("http.client.request.duration", StringComparison.Ordinal);

        private static string Clean(string text, int port) => Regex
            .Replace(text, "00-[0-9a-f]{32}-[0-9a-f]{16}-", "00-{trace}-{span}-") // first: a trace may have the port's digits
            .Replace($"{port}", "{port}", StringComparison.Ordinal)
            .Replace("::ffff:", string.Empty);
    }
}
