namespace UringHttp.Compare;

/// <summary>The server as the orchestrator sees it: started, known to answer correctly and alone on its port, and ended.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_readyWithin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_betweenAttempts = TimeSpan.FromMilliseconds(20);

    private readonly ChildProcess _process;

    private readonly ServerPlan _plan;

    private ServerProcess(ChildProcess process, ServerPlan plan)
    {
        _process = process;
        _plan = plan;
    }

    /// <summary>What the server calls itself in its answers.</summary>
    public string Product { get; private set; } = string.Empty;

    public static async Task<ServerProcess> StartAsync(
        string name, RunDirectory directory, int? core, CancellationToken cancellation)
    {
        int[] ports = ListeningPorts.FindFree(3);
        string[] arguments = ["server", name, .. ports.Select(port => $"{port}"), directory.Root];
        var process = ChildProcess.StartSelf($"The server ({name})", core, arguments, new Dictionary<string, string>());
        var server = new ServerProcess(process, new ServerPlan(ports[0], ports[1], ports[2], directory));
        try
        {
            await server.AwaitReadyAsync(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public string UrlOf(Workload workload) => workload.IsHttps
        ? $"https://127.0.0.1:{_plan.HttpsPort}{workload.Path}"
        : $"http://127.0.0.1:{_plan.Port}{workload.Path}";

    public string IdleUrlOf(Workload workload) =>
        $"http://127.0.0.1:{_plan.HoldingPort}{HoldingServer.PathFor(workload.IdleConnections)}";

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task AwaitReadyAsync(CancellationToken cancellation)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = s_readyWithin };
        DateTime deadline = DateTime.UtcNow + s_readyWithin;
        while (!await AnswersAsync(http, WorkloadCatalog.All[0], cancellation))
        {
            if (_process.HasExited || DateTime.UtcNow > deadline)
            {
                throw new CompareException($"The server does not answer on port {_plan.Port}.{_process.ErrorText()}");
            }

            await Task.Delay(s_betweenAttempts, cancellation);
        }

        foreach (int port in (int[])[_plan.Port, _plan.HttpsPort, _plan.HoldingPort])
        {
            int listeners = ListeningPorts.CountListeners(port);
            if (listeners != 1)
            {
                throw new CompareException($"{listeners} sockets listen on port {port}: it is not known which server would be measured.");
            }
        }
    }

    /// <summary>False while nobody listens yet. A wrong answer is an error: waiting would not mend it.</summary>
    private async Task<bool> AnswersAsync(HttpClient http, Workload workload, CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri(UrlOf(workload)), cancellation);
            byte[] body = await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(cancellation);
            Product = response.Headers.Server.ToString();
            return body.Length == workload.BodyLength && new BodyPattern(workload.BodyLength).Matches(body, 0)
                ? true
                : throw new CompareException($"The server answers {workload.Path} with a wrong body.");
        }
        catch (HttpRequestException e) when (e.StatusCode is null)
        {
            return false;
        }
        catch (HttpRequestException e)
        {
            throw new CompareException($"The server answers {workload.Path} with status {(int)e.StatusCode!}.{_process.ErrorText()}");
        }
    }
}
