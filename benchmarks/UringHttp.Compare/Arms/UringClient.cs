namespace UringHttp.Compare;

/// <summary>UringHttpHandler, called on the loop's thread or from the thread pool.</summary>
internal sealed class UringClient : IArmClient
{
    private readonly UringLoop _loop;
    private readonly bool _onLoop;

    private UringClient(UringBackend backend, bool onLoop)
    {
        _loop = new UringLoop(new UringLoopOptions { Backend = backend });
        _onLoop = onLoop;
        Http = new HttpClient(new UringHttpHandler(_loop));
    }

    public HttpClient Http { get; }

    public string Backend => _loop.Backend.ToString();

    public string? Capabilities => _loop.Capabilities.ToString();

    public static UringClient OnLoop(UringBackend backend) => new(backend, onLoop: true);

    public static UringClient OnThreadPool(UringBackend backend) => new(backend, onLoop: false);

    public Task RunAsync(IReadOnlyList<Func<Task>> workers) => _onLoop
        ? _loop.RunAsync(() => Task.WhenAll(workers.Select(worker => worker())))
        : Task.WhenAll(workers.Select(Task.Run));

    public void Dispose()
    {
        Http.Dispose();
        _loop.Dispose();
    }
}
