namespace UringHttp.Soak;

/// <summary>A way to send requests.</summary>
internal interface ICaller
{
    string Name { get; }

    /// <summary>Runs a worker where this caller's requests are sent from.</summary>
    Task RunAsync(Func<Task> worker);

    /// <summary>
    /// Makes a request ready. Calling the result sends it, reads the answer to its end, and checks both; what is not that of the request
    /// ends with a <see cref="SoakException"/>.
    /// </summary>
    Func<CancellationToken, Task> Prepare(SoakRequest request, Uri uri);

    /// <summary>Makes a request ready and sends it.</summary>
    Task ExchangeAsync(SoakRequest request, Uri uri, CancellationToken cancellation) => Prepare(request, uri)(cancellation);
}
