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
            await ServerCatalog.Open(name).RunAsync(plan, end.Token);
        }

        return 0;
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
