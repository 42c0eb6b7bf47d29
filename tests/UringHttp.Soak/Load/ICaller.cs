namespace UringHttp.Soak;

/// <summary>A way to send requests.</summary>
internal interface ICaller
{
    string Name { get; }

    /// <summary>Runs a worker where this caller's requests are sent from.</summary>
    Task RunAsync(Func<Task> worker);

    /// <summary>Sends a request, reads the answer to its end, and checks both.</summary>
    /// <exception cref="SoakException">The answer is not that of the request.</exception>
    Task ExchangeAsync(SoakRequest request, Uri uri, CancellationToken cancellation);
}
