using System.Net.Security;

namespace UringHttp.Soak;

/// <summary>A backend under load: a loop, and what sends requests on it.</summary>
internal sealed class Stand : IDisposable
{
    /// <summary>To connect, for a head, between two pieces of a body. A good server is not so slow, unless the machine sleeps.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly UringHttpHandler _handler;
    private readonly HttpClient _http;
    private readonly UringHttpClient _client;

    public Stand(UringBackend backend, ServerAddress server, Action<string> onTrouble)
    {
        Name = NameOf(backend);
        Loop = new UringLoop(new UringLoopOptions { Backend = backend, ThreadName = ThreadName });
        Loop.UnhandledException += (_, e) => onTrouble($"{Name}: an exception has reached the loop: {e.ExceptionObject}");
        _handler = new UringHttpHandler(Loop, NewOptions(server));
        _http = new HttpClient(_handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client = new UringHttpClient(Loop, NewOptions(server));
        LoopCaller = new HandlerCaller(Loop, _http, isOnLoop: true);
        PoolCaller = new HandlerCaller(Loop, _http, isOnLoop: false);
        PreparedCaller = new PreparedCaller(Loop, _client);
    }

    /// <summary>The name of all loops' threads here, by which those that are left are found.</summary>
    public static string ThreadName => "soak-loop";

    public string Name { get; }

    public UringLoop Loop { get; }

    public ICaller LoopCaller { get; }

    public ICaller PoolCaller { get; }

    public ICaller PreparedCaller { get; }

    public IEnumerable<ICaller> Callers => [LoopCaller, PoolCaller, PreparedCaller];

    /// <summary>Timers that are set now. Read from another thread: a number that was true a moment ago.</summary>
    public int Timers => Loop.Core.Timers.Count;

    public static string NameOf(UringBackend backend) => backend == UringBackend.IoUring ? "io_uring" : "epoll";

    /// <summary>Connections live for some seconds only, so that there is always one that comes and one that goes.</summary>
    public static UringHttpHandlerOptions NewOptions(ServerAddress server) => new()
    {
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(3),
        PooledConnectionLifetime = TimeSpan.FromSeconds(20),
        ConnectTimeout = s_limit,
        ResponseHeadTimeout = s_limit,
        ReadIdleTimeout = s_limit,
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                certificate is not null && ServerCertificate.HashOf(certificate) == server.CertificateHash,
        },
    };

    /// <summary>Closes all connections, and returns when the kernel has let go of them. The loop goes on.</summary>
    public async Task StopAsync()
    {
        _client.Dispose();
        await _handler.StopAsync();
    }

    public void Dispose()
    {
        _http.Dispose();
        _client.Dispose();
        Loop.Dispose();
    }
}
