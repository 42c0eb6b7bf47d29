using System.Diagnostics;

namespace UringHttp.Soak;

/// <summary>Sends one request after another until the run is over. What it does not expect fails the run.</summary>
internal abstract class Worker(string name, RunState state)
{
    /// <summary>Longer than any limit of time here: a request that takes longer has been lost.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    private volatile Begun? _current;

    public string Name => name;

    /// <summary>What it waits for since too long, in words; null when it does not.</summary>
    public string? Lost => _current is { } begun && Stopwatch.GetElapsedTime(begun.At) is var elapsed && elapsed > Longest
        ? $"{name} has waited for {elapsed.TotalSeconds:0} s for {begun.What}"
        : null;

    protected virtual TimeSpan Longest => s_longest;

    protected RunState State => state;

    protected Tally Tally => state.Tally;

    /// <summary>Runs it where its requests are sent from, until the run is over.</summary>
    public async Task RunAsync()
    {
        try
        {
            await RunWhereAsync(async () =>
            {
                while (!state.IsOver)
                {
                    await StepAsync();
                    _current = null;
                }
            });
        }
        catch (Exception) when (state.Abort.IsCancellationRequested)
        {
            // Given up with the run.
        }
        catch (Exception e)
        {
            state.Fail($"{name}: {_current?.What}: {e}");
        }

        _current = null;
    }

    protected abstract Task RunWhereAsync(Func<Task> work);

    protected abstract Task StepAsync();

    /// <summary>Says what is waited for from now on.</summary>
    protected void Begin(string what) => _current = new Begun(what, Stopwatch.GetTimestamp());

    private sealed record Begun(string What, long At);
}
