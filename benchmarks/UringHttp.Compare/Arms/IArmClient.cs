namespace UringHttp.Compare;

/// <summary>
/// What an arm is inside a client process: how a URL is fetched, and where the workers run. All else is shared, so that an arm is one
/// small class and a line in <see cref="ArmCatalog"/>.
/// </summary>
internal interface IArmClient : IDisposable
{
    /// <summary>What moves the bytes, for the report.</summary>
    string Backend { get; }

    /// <summary>What the system gives the backend; null when there is nothing to tell.</summary>
    string? Capabilities { get; }

    /// <summary>Called once for each worker, on any thread.</summary>
    IFetcher CreateFetcher(Uri uri);

    /// <summary>Starts all workers where this arm runs them, and completes when all have.</summary>
    Task RunAsync(IReadOnlyList<Func<Task>> workers);

    /// <summary>Starts a request there, from a thread that is none of the client's.</summary>
    void Post(Action start);
}
