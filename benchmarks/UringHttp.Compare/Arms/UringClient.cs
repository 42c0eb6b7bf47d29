namespace UringHttp.Compare;

/// <summary>UringHttpHandler, called on the loop's thread or from the thread pool.</summary>
internal sealed class UringClient : IArmClient
{
    private readonly UringLoop _loop;
    private readonly bool _onLoop;
    private readonly HttpClient _http;

    private UringClient(UringBackend backend, bool onLoop)
    {
        _loop = new UringLoop(new UringLoopOptions { Backend = backend });
        _onLoop = onLoop;
        var options = new UringHttpHandlerOptions { PooledConnectionIdleTimeout = ArmCatalog.LongerThanARow };
        _http = new HttpClient(new UringHttpHandler(_loop, options)) { Timeout = ArmCatalog.LongerThanARow };
    }

    public string Backend => _loop.Backend.ToString();

    public string? Capabilities => _loop.Capabilities.ToString();

    public static UringClient OnLoop(UringBackend backend) => new(backend, onLoop: true);

    public static UringClient OnThreadPool(UringBackend backend) => new(backend, onLoop: false);

    public IFetcher CreateFetcher(Uri uri) => new HttpFetcher(_http, uri);

    public Task RunAsync(IReadOnlyList<Func<Task>> workers) => _onLoop
        ? _loop.RunAsync(() => Task.WhenAll(workers.Select(worker => worker())))
        : Task.WhenAll(workers.Select(Task.Run));

    public void Post(Action start)
    {
        if (_onLoop)
        {
            _loop.Post(start);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static start => start(), start, preferLocal: false);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _loop.Dispose();
    }
}
