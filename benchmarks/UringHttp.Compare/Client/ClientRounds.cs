namespace UringHttp.Compare;

/// <summary>The rounds of a client that lives in this process. Each row gets a client of its own, and with it new connections.</summary>
internal sealed class ClientRounds(Func<IArmClient> open) : IRounds
{
    private IArmClient _client = open();
    private RoundRunner? _runner;
    private string? _row;
    private bool _isFirstRow = true;

    public ClientReady Describe() => new(_client.Backend, _client.Capabilities, Unavailable: null);

    public async Task<RoundResult> RunAsync(RoundCommand command)
    {
        if (_row != command.Row)
        {
            _isFirstRow = _row is null;
            Renew(command);
        }

        Workload workload = WorkloadCatalog.Get(command.Row);
        return workload.IdleConnections > 0
            ? await RunBesideIdleAsync(command, workload)
            : command.Limit is { } limit
            ? await _runner!.RunAsync(limit)
            : await new WarmUp(_runner!, workload, _isFirstRow).RunAsync();
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Each round opens its idle connections itself: all arms' at once would be more than a server may hold.</summary>
    private async Task<RoundResult> RunBesideIdleAsync(RoundCommand command, Workload workload)
    {
        Renew(command);
        try
        {
            IdleCost cost = await new IdleConnections(_client, command).OpenAsync();
            return await _runner!.RunAsync(command.Limit ?? workload.WarmUp) with { Idle = cost };
        }
        finally
        {
            Renew(command);
        }
    }

    private void Renew(RoundCommand command)
    {
        _row = command.Row;
        _client.Dispose();
        _runner = null;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // up to half a gigabyte
        _client = open();
        _runner = new RoundRunner(_client, command);
    }
}
