namespace UringHttp.Compare;

/// <summary>UringHttpClient, which is called on the loop's thread only.</summary>
internal sealed class PreparedClient : IArmClient
{
    private readonly UringLoop _loop;
    private readonly UringHttpClient _client;
    private readonly bool _keepsBodies;

    public PreparedClient(UringBackend backend, bool keepsBodies, int maxConnections = int.MaxValue, int pipelineDepth = 1)
    {
        _loop = new UringLoop(new UringLoopOptions { Backend = backend });
        var options = new UringHttpHandlerOptions
        {
            PooledConnectionIdleTimeout = ArmCatalog.LongerThanARow,
            MaxConnectionsPerServer = maxConnections,
        };
        _client = new UringHttpClient(_loop, options) { MaxPipelineDepth = pipelineDepth };
        _keepsBodies = keepsBodies;
    }

    public string Backend => _loop.Backend.ToString();

    public string? Capabilities => _loop.Capabilities.ToString();

    public IFetcher CreateFetcher(Uri uri) => new PreparedFetcher(_client, uri, _keepsBodies);

    public Task RunAsync(IReadOnlyList<Func<Task>> workers) =>
        _loop.RunAsync(() => Task.WhenAll(workers.Select(worker => worker())));

    public void Post(Action start) => _loop.Post(start);

    public void Dispose()
    {
        _client.Dispose();
        _loop.Dispose();
    }
}
