namespace UringHttp.Compare;

/// <summary>The server process: runs a host until its standard input ends, which it does however the orchestrator ends.</summary>
internal static class ServerVerb
{
    public static async Task<int> RunAsync(string name, ServerPlan plan, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watcher = new Thread(() => AwaitEndOfInput(end)) { IsBackground = true, Name = "input" };
        watcher.Start();
        using (plan.Directory)
        {
            await Task.WhenAll(
                RunAsync(new HoldingServer(), plan, end),
                RunAsync(ServerCatalog.Open(name), plan, end));
        }

        return 0;
    }

    /// <summary>One that fails takes the other with it.</summary>
    private static async Task RunAsync(IServerHost host, ServerPlan plan, CancellationTokenSource end)
    {
        try
        {
            await host.RunAsync(plan, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Told to end.
        }
        finally
        {
            await end.CancelAsync();
        }
    }

    private static void AwaitEndOfInput(CancellationTokenSource end)
    {
        using Stream input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
            // Nothing is said to a server; only the end counts.
        }

        end.Cancel();
    }
}
