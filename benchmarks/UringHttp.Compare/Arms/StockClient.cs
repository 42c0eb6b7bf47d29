namespace UringHttp.Compare;

/// <summary>SocketsHttpHandler as shipped, called from the thread pool; bodies are read as streams, or come as arrays.</summary>
internal sealed class StockClient(bool asArrays = false) : IArmClient
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionIdleTimeout = ArmCatalog.LongerThanARow })
    {
        Timeout = ArmCatalog.LongerThanARow,
    };

    public string Backend => "epoll (System.Net.Sockets)";

    public string? Capabilities => null;

    public IFetcher CreateFetcher(Uri uri) => asArrays ? new ByteArrayFetcher(_http, uri) : new HttpFetcher(_http, uri);

    public Task RunAsync(IReadOnlyList<Func<Task>> workers) => Task.WhenAll(workers.Select(Task.Run));

    public void Post(Action start) => ThreadPool.UnsafeQueueUserWorkItem(static start => start(), start, preferLocal: false);

    public void Dispose() => _http.Dispose();
}
