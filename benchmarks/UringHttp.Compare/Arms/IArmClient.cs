namespace UringHttp.Compare;

/// <summary>What differs between the arms inside a client process: the handler, and where the workers run. All else is shared.</summary>
internal interface IArmClient : IDisposable
{
    HttpClient Http { get; }

    /// <summary>What moves the bytes, for the report.</summary>
    string Backend { get; }

    /// <summary>What the system gives the backend; null when there is nothing to tell.</summary>
    string? Capabilities { get; }

    /// <summary>Starts all workers where this arm runs them, and completes when all have.</summary>
    Task RunAsync(IReadOnlyList<Func<Task>> workers);
}
