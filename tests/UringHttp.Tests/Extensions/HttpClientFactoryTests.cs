using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Extensions;

/// <summary>The handler under the clients of an IHttpClientFactory, and the loop in its container.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class HttpClientFactoryTests(UringBackend backend)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private ServiceCollection _services = null!;

    [SetUp]
    public void MakeServices()
    {
        if (backend == UringBackend.IoUring && UringCapabilities.Probe() is { WhyNotIoUring: { } reason })
        {
            Assert.Ignore($"io_uring is not available here: {reason}");
        }

        _services = new ServiceCollection();
        _services.AddUringLoop(options => options.Backend = backend);
    }

    [Test]
    public async Task A_typed_client_goes_over_our_handler()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        _services.AddHttpClient<Catalog>(http => http.BaseAddress = peer.Uri).UseUringHttpHandler();
        await using ServiceProvider provider = _services.BuildServiceProvider();
        Assert.That(await provider.GetRequiredService<Catalog>().GetAsync(), Is.EqualTo("hello"));
        var loop = provider.GetRequiredService<UringLoop>();
        Assert.That(loop.Backend, Is.EqualTo(backend));
        Assert.That(loop.Counters.OpenDescriptors, Is.EqualTo(1), "the connection");
    }

    [Test]
    public async Task Clients_share_the_loop_and_nothing_else()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        _services.AddHttpClient("a").UseUringHttpHandler();
        _services.AddHttpClient("b").UseUringHttpHandler();
        await using ServiceProvider provider = _services.BuildServiceProvider();
        foreach (string name in new[] { "a", "b", "a", "b" })
        {
            using HttpClient client = provider.GetRequiredService<IHttpClientFactory>().CreateClient(name);
            Assert.That(await client.GetStringAsync(peer.Uri), Is.EqualTo("hello"));
        }

        Assert.That(peer.Accepted, Is.EqualTo(2), "a connection for each");
        Assert.That(provider.GetRequiredService<UringLoop>().Counters.OpenDescriptors, Is.EqualTo(2));
    }

    [Test]
    public async Task All_clients_can_go_over_it([Values] bool twice)
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        _services.ConfigureHttpClientDefaults(client => client.UseUringHttpHandler(options => options.UseCookies = false));
        _services.AddHttpClient("plain");
        if (twice)
        {
            _services.AddHttpClient("plain").UseUringHttpHandler(options => options.MaxConnectionsPerServer = 7);
        }

        await using ServiceProvider provider = _services.BuildServiceProvider();
        using HttpClient client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("plain");
        Assert.That(await client.GetStringAsync(peer.Uri), Is.EqualTo("hello"));
        Assert.That(provider.GetRequiredService<UringLoop>().Counters.OpenDescriptors, Is.EqualTo(1));
        UringHttpHandlerOptions options = GetOptions(provider, "plain");
        Assert.That(options.UseCookies, Is.False);
        Assert.That(options.MaxConnectionsPerServer, Is.EqualTo(twice ? 7 : int.MaxValue));
    }

    /// <summary>A rotation would dispose the handler, whose next client would have to connect anew.</summary>
    [Test]
    public async Task Handlers_are_kept_and_connections_rotate_instead()
    {
        _services.AddHttpClient("a").UseUringHttpHandler();
        _services.AddHttpClient("own")
            .UseUringHttpHandler(options => options.PooledConnectionLifetime = Timeout.InfiniteTimeSpan);
        _services.AddHttpClient("stock");
        await using ServiceProvider provider = _services.BuildServiceProvider();
        var factory = provider.GetRequiredService<IOptionsMonitor<HttpClientFactoryOptions>>();
        TimeSpan stock = factory.Get("stock").HandlerLifetime;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(factory.Get("a").HandlerLifetime, Is.EqualTo(Timeout.InfiniteTimeSpan));
            Assert.That(stock, Is.EqualTo(TimeSpan.FromMinutes(2)), "what else comes out of the factory is as it was");
            Assert.That(GetOptions(provider, "a").PooledConnectionLifetime, Is.EqualTo(stock));
            Assert.That(GetOptions(provider, "own").PooledConnectionLifetime, Is.EqualTo(Timeout.InfiniteTimeSpan));
            Assert.That(new UringHttpHandlerOptions().PooledConnectionLifetime, Is.EqualTo(Timeout.InfiniteTimeSpan));
        }
    }

    [Test]
    public async Task What_is_configured_before_counts_as_well()
    {
        _services.Configure<UringHttpHandlerOptions>("a", options => options.PooledConnectionLifetime = TimeSpan.FromHours(1));
        _services.AddHttpClient("a").UseUringHttpHandler();
        await using ServiceProvider provider = _services.BuildServiceProvider();
        Assert.That(GetOptions(provider, "a").PooledConnectionLifetime, Is.EqualTo(TimeSpan.FromHours(1)));
    }

    [Test]
    public async Task Options_come_from_a_configuration_and_from_services()
    {
        IConfigurationSection section = OptionsReaderTests.Section(
            ("MaxConnectionsPerServer", "7"), ("PooledConnectionLifetime", "01:00:00"));
        _services.AddSingleton("from a service");
        _services.AddHttpClient("a")
            .UseUringHttpHandler(section)
            .UseUringHttpHandler((options, provider) =>
                options.SslOptions.TargetHost = provider.GetRequiredService<string>());
        _services.AddUringLoop(OptionsReaderTests.Section(("ThreadName", "configured")));
        await using ServiceProvider provider = _services.BuildServiceProvider();
        UringHttpHandlerOptions options = GetOptions(provider, "a");
        Assert.That(options.MaxConnectionsPerServer, Is.EqualTo(7));
        Assert.That(options.PooledConnectionLifetime, Is.EqualTo(TimeSpan.FromHours(1)));
        Assert.That(options.SslOptions.TargetHost, Is.EqualTo("from a service"));
        Assert.That(provider.GetRequiredService<IOptions<UringLoopOptions>>().Value.ThreadName, Is.EqualTo("configured"));
        Assert.That(provider.GetRequiredService<UringLoop>().Backend, Is.EqualTo(backend), "a second call adds to the first");
    }

    [Test]
    public async Task A_bad_option_is_told_with_its_client_when_the_client_is_made()
    {
        _services.AddHttpClient("catalog").UseUringHttpHandler(options => options.MaxConnectionsPerServer = 0);
        await using ServiceProvider provider = _services.BuildServiceProvider();
        var factory = provider.GetRequiredService<IHttpClientFactory>();
        Assert.That(
            () => factory.CreateClient("catalog"),
            Throws.InstanceOf<OptionsValidationException>().With.Message.StartsWith(
                "The HTTP client 'catalog': UringHttpHandlerOptions.MaxConnectionsPerServer must be at least 1."));
    }

    [TestCase("client", "The HTTP client 'catalog': UringHttpHandlerOptions.MaxConnectionsPerServer")]
    [TestCase("loop", "The loop: UringLoopOptions.SubmissionEntries")]
    [TestCase("shutdown", "The shutdown: UringShutdownOptions.DrainTimeout")]
    [TestCase("configuration", "Configuration 'Clients:Catalog:MaxConnection' names no option")]
    public async Task In_a_host_it_is_told_at_the_start(string place, string words)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddUringLoop(options => options.SubmissionEntries = place == "loop" ? 0 : 8);
        IHttpClientBuilder client = builder.Services.AddHttpClient("catalog")
            .UseUringHttpHandler(options => options.MaxConnectionsPerServer = place == "client" ? 0 : 1);
        if (place == "configuration")
        {
            client.UseUringHttpHandler(OptionsReaderTests.Section(("MaxConnection", "1")));
        }

        builder.Services.Configure<UringShutdownOptions>(options => options.DrainTimeout = TimeSpan.FromDays(place == "shutdown" ? -1 : 1));
        using IHost host = builder.Build();
        await Assert.ThatAsync(() => host.StartAsync(), Throws.InstanceOf<Exception>().With.Message.StartsWith(words));
    }

    [Test]
    public async Task Without_a_loop_it_is_said_what_is_missing()
    {
        var services = new ServiceCollection();
        services.AddHttpClient("catalog").UseUringHttpHandler();
        await using ServiceProvider provider = services.BuildServiceProvider();
        var factory = provider.GetRequiredService<IHttpClientFactory>();
        Assert.That(
            () => factory.CreateClient("catalog"),
            Throws.InvalidOperationException.With.Message.Contains("'catalog'").And.Message.Contains("services.AddUringLoop()"));
    }

    [Test]
    public async Task The_loop_is_made_when_it_is_needed_and_ends_with_the_container()
    {
        bool made = false;
        _services.AddUringLoop(_ => made = true);
        _services.AddHttpClient("a").UseUringHttpHandler();
        ServiceProvider provider = _services.BuildServiceProvider();
        var factory = provider.GetRequiredService<IHttpClientFactory>();
        Assert.That(made, Is.False);
        using HttpClient client = factory.CreateClient("a");
        Assert.That(made, Is.True);
        var loop = provider.GetRequiredService<UringLoop>();
        await provider.DisposeAsync();
        Assert.That(() => loop.Post(() => { }), Throws.InstanceOf<ObjectDisposedException>());
    }

    /// <summary>The handlers first, and what they are at is waited for; then the loop.</summary>
    [Test]
    public async Task A_container_that_ends_lets_exchanges_finish()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = Halting(go.Task);
        _services.Configure<UringShutdownOptions>(options => options.DrainTimeout = Timeout.InfiniteTimeSpan);
        _services.AddHttpClient("a").UseUringHttpHandler();
        ServiceProvider provider = _services.BuildServiceProvider();
        var loop = provider.GetRequiredService<UringLoop>();
        using HttpClient client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("a");
        using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
        Task disposing = provider.DisposeAsync().AsTask();
        await Assert.ThatAsync(() => client.GetAsync(peer.Uri), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(disposing.IsCompleted, Is.False);
        await loop.RunAsync(() => Task.CompletedTask);

        go.SetResult();
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("hello"));
        await disposing.Soon();
        Assert.That(() => loop.Post(() => { }), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(loop.Counters.OpenDescriptors, Is.Zero);
    }

    [Test]
    public async Task What_does_not_finish_in_time_ends_with_the_loop([Values] bool synchronous)
    {
        await using var peer = Halting(new TaskCompletionSource().Task);
        _services.Configure<UringShutdownOptions>(
            options => options.DrainTimeout = synchronous ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(1));
        _services.AddHttpClient("a").UseUringHttpHandler();
        ServiceProvider provider = _services.BuildServiceProvider();
        var loop = provider.GetRequiredService<UringLoop>();
        using HttpClient client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("a");
        using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
        if (synchronous)
        {
            await Task.Run(provider.Dispose).Soon();
        }
        else
        {
            await provider.DisposeAsync().Soon();
        }

        await Assert.ThatAsync(() => response.Content.ReadAsStringAsync(), Throws.InstanceOf<HttpRequestException>());
        Assert.That(loop.Counters.OpenDescriptors, Is.Zero);
    }

    private static UringHttpHandlerOptions GetOptions(ServiceProvider provider, string name) =>
        provider.GetRequiredService<IOptionsMonitor<UringHttpHandlerOptions>>().Get(name);

    /// <summary>Answers with half of a body, and with the rest when it is let.</summary>
    private static ScriptedPeer Halting(Task go) => new(async peer =>
    {
        await peer.ReadHeadAsync();
        await peer.WriteAsync(Ok[..^3]);
        await go.WaitAsync(peer.Stop);
        await peer.WriteAsync(Ok[^3..]);
        await peer.WaitForCloseAsync();
    });

    private sealed class Catalog(HttpClient http)
    {
        internal Task<string> GetAsync() => http.GetStringAsync("/");
    }
}
