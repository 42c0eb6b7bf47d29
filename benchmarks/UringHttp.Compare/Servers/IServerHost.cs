namespace UringHttp.Compare;

/// <summary>A server of the bodies, run inside the server process until it is told to end.</summary>
internal interface IServerHost
{
    /// <exception cref="CompareException">It ended by itself.</exception>
    Task RunAsync(ServerPlan plan, CancellationToken end);
}
