namespace UringHttp.Simulation;

/// <summary>One seed from its beginning to its end, on the calling thread: makes loop, handlers and callers, turns, and checks.</summary>
#pragma warning disable CA1001 // the loop disposes of the ring
internal sealed class SimulationRun(RunSettings settings)
#pragma warning restore CA1001
{
    /// <summary>How long the loop may take, in simulated time, to let go of everything when the handlers are disposed.</summary>
    private const long Patience = 15 * World.Second;

    private readonly List<string> _trace = [];
    private readonly List<Exception> _unhandled = [];
    private World _world = null!;
    private Scenario _scenario = null!;
    private SimulatedRing _ring = null!;
    private PeerNetwork _network = null!;
    private RequestRecord[] _records = [];
    private UringLoop _loop = null!;
    private bool _inContext;

    /// <summary>Runs it; what is wrong is in the result.</summary>
    public RunResult Run()
    {
        // A loop's own thread has no context; where the calling thread has one, as NUnit's have, what is awaited outside the loop's
        // context would go on by that, which is to say on the thread pool.
        SynchronizationContext? ambient = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return RunHere();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(ambient);
        }
    }

    private RunResult RunHere()
    {
        var faults = new FaultPlan(settings.Seed, settings.WithoutFaults, settings.FailingCall);
        _world = new World(settings.Seed, faults, settings.IsTraced ? _trace : null);
        _scenario = Scenario.Of(settings.Seed, faults);
        _records = [.. _scenario.Requests.Select(plan => new RequestRecord(plan))];
        _network = new PeerNetwork(_world, _records);
        string? violation;
        try
        {
            Turn();
            var checks = new Properties(_world, _scenario, _records, _network, _ring, _loop.Counters, _unhandled);
            violation = _world.Violation ?? checks.FindViolation();
        }
        catch (SimulationException e)
        {
            violation = e.Message;
        }

        return new RunResult(settings.Seed, violation, _trace)
        {
            Requests = _records.Length - settings.WithoutRequests.Count,
            Answered = _records.Count(record => record.Ending == Ending.Answered),
            SentBehind = _network.SentBehind,
            FallibleCalls = faults.FallibleCalls,
            Struck = faults.Struck,
            Enters = _world.Enter,
        };
    }

    private void Turn()
    {
        _loop = UringLoop.OpenHere(
            new UringLoopOptions
            {
                Backend = UringBackend.Epoll,
                SlabSize = Scenario.SlabSize,
                MaxBlockMemory = _scenario.MaxBlockMemory,
                PinnedSource = ReusedMemory.OfThread(),
            },
            _ => _ring = new SimulatedRing(_world, _network));
        _loop.UnhandledException += (_, e) => _unhandled.Add((Exception)e.ExceptionObject);
        var sleeper = new Sleeper(_world, _loop);
        var handler = new UringHttpHandler(_loop, _scenario.Options);
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        var client = new UringHttpClient(_loop, _scenario.Options) { MaxPipelineDepth = _scenario.PipelineDepth };
        bool mayEndEarly = _scenario.DisposeLoopAt >= 0 || _world.Faults.Has(Fault.RingFails) || settings.FailingCall > 0;
        _inContext = !mayEndEarly;
        var caller = new Caller(_world, _inContext, sleeper, invoker, client);
        _network.Answering += caller.OnAnswering;
        if (_inContext)
        {
            _loop.Post(() => _ = EndWhenDoneAsync(caller, sleeper, handler, client));
        }
        else
        {
            _loop.PostCallback(_ => _ = EndWhenDoneAsync(caller, sleeper, handler, client), null);
        }
        if (_scenario.DisposeLoopAt >= 0)
        {
            sleeper.At(_scenario.DisposeLoopAt, _loop.Dispose);
        }

        if (_scenario.DisposeHandlersAt >= 0)
        {
            sleeper.At(_scenario.DisposeHandlersAt, () =>
            {
                handler.Dispose();
                client.Dispose();
            });
        }

        _loop.RunHere();
        _loop.Dispose();
    }

    private async Task EndWhenDoneAsync(Caller caller, Sleeper sleeper, UringHttpHandler handler, UringHttpClient client)
    {
        try
        {
            await Task.WhenAll([.. _scenario.Callers.Select(share => caller.RunAsync(
                share.Where(id => !settings.WithoutRequests.Contains(id)).Select(id => _records[id])))]).ConfigureAwait(_inContext);
            _world.Note("all requests have ended");
            handler.Dispose();
            client.Dispose();
            await AwaitNothingAsync(sleeper).ConfigureAwait(_inContext);
        }
        catch (Exception e)
        {
            _world.Fail($"the simulation's own code failed: {e}");
        }

        _loop.Dispose();
    }

    /// <summary>With the handlers disposed and all answers read, the loop has nothing left, though it has not ended.</summary>
    private async Task AwaitNothingAsync(Sleeper sleeper)
    {
        long end = _world.Now + Patience;
        while (!_loop.Core.IsStopping && Left() is { } left)
        {
            if (_world.Now - _world.Jumped > end)
            {
                _world.Fail($"long after the end of all requests there is still something: {left}");
                return;
            }

            await sleeper.Sleep(World.Second).ConfigureAwait(_inContext);
        }
    }

    private string? Left()
    {
        UringLoopCounters now = _loop.Counters;
        int timers = _loop.Core.Timers.Count;
        return now.OperationsInFlight + now.BlocksRented + now.OpenDescriptors + timers == 0 ? null
            : $"{now.OperationsInFlight} operations, {now.BlocksRented} blocks, {now.OpenDescriptors} descriptors, {timers} timers";
    }
}
