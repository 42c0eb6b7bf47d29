namespace UringHttp.Simulation;

/// <summary>What must hold at the end of each run, whatever has happened.</summary>
internal sealed class Properties(
    World world,
    Scenario scenario,
    IReadOnlyList<RequestRecord> records,
    PeerNetwork network,
    SimulatedRing ring,
    UringLoopCounters counters,
    IReadOnlyList<Exception> unhandled)
{
    private const long MostBlockMemory = 32 * 1024 * 1024;

    private bool IsDisposedEarly => scenario.DisposeLoopAt >= 0 || scenario.DisposeHandlersAt >= 0 || RingFailed;

    private bool RingFailed => world.Faults.Struck[(int)Fault.RingFails] > 0;

    /// <summary>The first thing that does not hold; null when all does.</summary>
    public string? FindViolation() => OfLoop() ?? records.Select(OfRequest).FirstOrDefault(wrong => wrong is not null) ?? OfAll();

    private string? OfLoop()
    {
        if (!ring.IsClosed || ring.Open != 0 || ring.InFlight != 0)
        {
            return $"after its end the loop has left {ring.Open} descriptors open and {ring.InFlight} operations in flight";
        }

        if (counters.OperationsInFlight != 0 || counters.OpenDescriptors != 0 || counters.BlocksRented != 0)
        {
            return $"after its end the loop counts {counters}";
        }

        // The last turn may leave one that nobody looks at any more.
        if (counters.StaleCompletions != ring.Stale && counters.StaleCompletions != ring.Stale - 1)
        {
            return $"{ring.Stale} stale completions were delivered, and {counters.StaleCompletions} were counted";
        }

        if (counters.BlockMemory > MostBlockMemory)
        {
            return $"{counters.BlockMemory} bytes of blocks for {records.Count} requests";
        }

        Exception? escaped = unhandled.FirstOrDefault(e => !RingFailed || e is not UringException);
        return escaped is null ? null : $"an exception escaped: {escaped}";
    }

    private string? OfAll()
    {
        int cannotConnect = records.Count(record => record.Ending == Ending.CannotConnect);
        int refused = network.ConnectFailures + (int)world.Faults.Struck[(int)Fault.SocketRefused]
            + (int)world.Faults.Struck[(int)Fault.OptionRefused];
        return cannotConnect > refused ? $"{cannotConnect} requests could not connect, and {refused} connects failed" : null;
    }

    private string? OfRequest(RequestRecord record)
    {
        string? wrong = record.Ends switch
        {
            0 when record.BeganAt == 0 => null, // left out, or its caller never came to it
            0 => "never ended",
            1 when record.Ending == Ending.Answered => OfAnswer(record),
            1 => OfFailure(record),
            _ => $"ended {record.Ends} times",
        };
        return wrong is null ? null : $"request {record.Plan.Id} ({record.Plan.Method}, {Way(record)}) {wrong}";
    }

    private static string Way(RequestRecord record) => record.Plan.MayPipeline ? "in a pipeline"
        : record.Plan.IsPrepared ? "prepared" : "by the handler";

    private string? OfAnswer(RequestRecord record)
    {
        Attempt? attempt = record.Attempts.FirstOrDefault(attempt => attempt.Answer is { } answer && answer.Name == record.Name);
        if (attempt?.Answer is not { } answer)
        {
            bool mayBeStray = record.Attempts.Any(attempt => attempt.IsTainted)
                || ((record.Attempts.Count == 0 || record.Plan.IsContentSlow) && (network.BeforeRequests & Ending.Invalid) != 0);
            return mayBeStray ? null : $"got an answer that nobody gave it: {record.Name}, status {record.Status}";
        }

        ReadOnlySpan<byte> body = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(record.Body);
        if (record.Status != answer.Status)
        {
            return $"got the status {record.Status} in the place of {answer.Status}";
        }

        if (record.IsReadToEnd && !answer.IsSound)
        {
            return $"got an answer that was not whole, or not right, without an error ({body.Length} bytes of body)";
        }

        if (!answer.IsHeadSound)
        {
            return "got an answer whose head was not right";
        }

        bool isSame = record.IsReadToEnd
            ? body.SequenceEqual(answer.Body.Span)
            : body.Length <= answer.Body.Length && body.SequenceEqual(answer.Body.Span[..body.Length]);
        return isSame ? null : $"got another body than was sent: {body.Length} bytes in the place of {answer.Body.Length}";
    }

    private string? OfFailure(RequestRecord record)
    {
        Ending allowed = record.Attempts.Aggregate(Ending.None, (all, attempt) => all | attempt.Allowed);
        allowed |= record.WasCancelled ? Ending.Cancelled : Ending.None;
        allowed |= scenario.HasTimeouts ? Ending.TimedOut : Ending.None;
        allowed |= IsDisposedEarly ? Ending.Disposed | Ending.Failed | Ending.Cancelled : Ending.None;
        allowed |= world.Faults.Has(Fault.NoBlocks) ? Ending.NoMemory : Ending.None;
        allowed |= network.ConnectFailures > 0 || world.Faults.Struck[(int)Fault.SocketRefused] > 0
            || world.Faults.Struck[(int)Fault.OptionRefused] > 0 ? Ending.CannotConnect : Ending.None;
        allowed |= record.Attempts.Count == 0 || record.Plan.IsContentSlow ? network.BeforeRequests : Ending.None;
        if ((record.Ending & allowed) == 0)
        {
            return $"ended with {record.Ending}, and what happened allows {allowed}: {record.Failure}";
        }

        return record.Ending == Ending.TimedOut ? OfTimeout(record) : null;
    }

    /// <summary>A limit of time strikes when it has passed, and not before.</summary>
    private string? OfTimeout(RequestRecord record)
    {
        UringHttpHandlerOptions options = scenario.Options;
        TimeSpan[] limits = [options.ConnectTimeout, options.ResponseHeadTimeout, options.ReadIdleTimeout, options.TotalTimeout];
        TimeSpan least = limits.Where(limit => limit > TimeSpan.Zero).Min();
        long took = record.EndedAt - record.BeganAt;
        return took < (long)least.TotalNanoseconds ? $"timed out after {took} ns, before any limit" : null;
    }
}
