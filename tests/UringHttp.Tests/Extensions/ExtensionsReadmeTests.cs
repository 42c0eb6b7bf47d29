using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Polly.CircuitBreaker;
using UringHttp.Tests.Support;
using UringHttp.Tests.Tidy;

namespace UringHttp.Tests.Extensions;

/// <summary>The page that the package UringHttp.Extensions.DependencyInjection shows: its samples run, and do what it says.</summary>
internal sealed class ExtensionsReadmeTests
{
    private const string Readme = "src/UringHttp.Extensions.DependencyInjection/README.md";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private const string Busy = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

    [Test]
    public async Task The_sample_runs()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        Assert.That(await RunSample(peer.Uri).Soon(), Is.EqualTo("hello"));
    }

    [TestCase(0, "ExtensionsReadmeTests", "factory")]
    [TestCase(1, "ResilienceHandler", "resilience")]
    [TestCase(2, "ExtensionsReadmeTests", "pipeline")]
    public void A_sample_is_the_one_that_runs(int index, string file, string name)
    {
        string shown = Repository.Read(Readme).Split("```csharp\n")[index + 1].Split("```")[0];
        string source = Repository.Read($"tests/UringHttp.Tests/Extensions/{file}.cs");
        string run = source.Split($"// sample: {name}\n")[1].Split("// end of sample")[0];
        int indentation = run.Length - run.TrimStart(' ').Length;
        run = run.Replace($"\n{new string(' ', indentation)}", "\n", StringComparison.Ordinal)[indentation..];
        shown = shown[(shown.LastIndexOf("using UringHttp;\n\n", StringComparison.Ordinal) is >= 0 and var at ? at + 18 : 0)..];
        Assert.That(shown, Is.EqualTo(run));
    }

    [TestCase(0, 1)]
    [TestCase(3, 4)]
    [TestCase(9, 4)]
    public async Task What_fails_is_tried_three_more_times_after_delays_that_grow(int failures, int requests)
    {
        var time = new HastyTime();
        int count = 0;
        await using var peer = new RecordingPeer(_ => Interlocked.Increment(ref count) > failures ? Ok : Busy);
        await using ServiceProvider provider = Resilient(time);
        using HttpResponseMessage response = await NewClient(provider).GetAsync(peer.Uri);
        Assert.That((int)response.StatusCode, Is.EqualTo(failures >= requests ? 503 : 200));
        Assert.That(peer.Requests, Has.Count.EqualTo(requests));
        Assert.That(peer.Accepted, Is.EqualTo(1));
        Assert.That(time.Delays, Has.Count.EqualTo(requests - 1));
        Assert.That(time.Delays, Has.All.GreaterThan(TimeSpan.Zero).And.All.LessThanOrEqualTo(TimeSpan.FromSeconds(10)));
    }

    [TestCase("Retry-After: 3", 3)]
    [TestCase("Retry-After: Thu, 01 Jan 2026 00:00:07 GMT", 7)]
    [TestCase("Retry-After: Wed, 31 Dec 2025 00:00:00 GMT", 0)]
    public async Task A_server_that_names_the_time_gets_it(string field, int seconds)
    {
        var time = new HastyTime();
        int count = 0;
        await using var peer = new RecordingPeer(_ => Interlocked.Increment(ref count) == 1
            ? $"HTTP/1.1 429 Too Many Requests\r\n{field}\r\nContent-Length: 0\r\n\r\n"
            : Ok);
        await using ServiceProvider provider = Resilient(time);
        Assert.That(await NewClient(provider).GetStringAsync(peer.Uri), Is.EqualTo("hello"));
        Assert.That(time.Delays.Sum(delay => delay.TotalSeconds), Is.EqualTo(seconds));
    }

    [TestCase("GET", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", TestName = "an answer that will not change")]
    [TestCase("POST", Busy, TestName = "a method that may not be repeated")]
    [TestCase("GET", "HTTP/1.1 503 x\r\nRetry-After: 11\r\nContent-Length: 0\r\n\r\n", TestName = "more patience than there is")]
    public async Task This_is_not_tried_again(string method, string answer)
    {
        var time = new HastyTime();
        await using var peer = new RecordingPeer(_ => answer);
        await using ServiceProvider provider = Resilient(time);
        using var request = new HttpRequestMessage(new HttpMethod(method), peer.Uri);
        using HttpResponseMessage response = await NewClient(provider).SendAsync(request);
        Assert.That(peer.Requests, Has.Count.EqualTo(1));
        Assert.That(time.Delays, Is.Empty);
    }

    [Test]
    public async Task A_host_that_keeps_failing_is_left_alone_for_30_seconds_and_others_are_not()
    {
        var time = new HastyTime();
        bool works = false;
        await using var failing = new RecordingPeer(_ => Volatile.Read(ref works) ? Ok : Busy);
        await using var other = ScriptedPeer.Answering(Ok);
        await using ServiceProvider provider = Resilient(time);
        HttpClient client = NewClient(provider);
        for (int i = 0; i < 5; i++)
        {
            using HttpResponseMessage response = await client.PostAsync(failing.Uri, null);
        }

        await Assert.ThatAsync(() => client.GetAsync(failing.Uri), Throws.InstanceOf<BrokenCircuitException>());
        Assert.That(failing.Requests, Has.Count.EqualTo(5));
        Assert.That(await client.GetStringAsync(other.Uri), Is.EqualTo("hello"));

        time.Advance(TimeSpan.FromSeconds(29));
        await Assert.ThatAsync(() => client.GetAsync(failing.Uri), Throws.InstanceOf<BrokenCircuitException>());
        Volatile.Write(ref works, true);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await client.GetStringAsync(failing.Uri), Is.EqualTo("hello"));
        Assert.That(failing.Requests, Has.Count.EqualTo(6));
    }

    private static async Task<string> RunSample(Uri address)
    {
        // sample: factory
        var services = new ServiceCollection(); // in a host: builder.Services
        services.AddUringLoop();
        services.AddHttpClient("catalog", http => http.BaseAddress = address)
            .UseUringHttpHandler(options => options.MaxConnectionsPerServer = 100);

        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("catalog");
        var text = await client.GetStringAsync("/");
        // end of sample
        return text;
    }

    private static ServiceProvider Resilient(TimeProvider time)
    {
        var services = new ServiceCollection();
        services.AddUringLoop();
        services.AddSingleton(time);
        // sample: pipeline
        services.AddHttpClient("catalog")
            .UseUringHttpHandler()
            .AddHttpMessageHandler(provider => new ResilienceHandler(provider.GetRequiredService<TimeProvider>()));
        // end of sample
        return services.BuildServiceProvider();
    }

    private static HttpClient NewClient(ServiceProvider provider) =>
        provider.GetRequiredService<IHttpClientFactory>().CreateClient("catalog");
}
