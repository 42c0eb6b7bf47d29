namespace UringHttp.Compare;

/// <summary>SocketsHttpHandler as shipped, called from the thread pool.</summary>
internal sealed class StockClient : IArmClient
{
    public HttpClient Http { get; } = new(new SocketsHttpHandler());

    public string Backend => "epoll (System.Net.Sockets)";

    public string? Capabilities => null;

    public Task RunAsync(IReadOnlyList<Func<Task>> workers) => Task.WhenAll(workers.Select(Task.Run));

    public void Dispose() => Http.Dispose();
}
