namespace UringHttp.Simulation;

/// <summary>What a run has in common: the clock, what will happen when, what was seen, and the first thing that was wrong.</summary>
internal sealed class World(ulong seed, FaultPlan faults, List<string>? trace = null)
{
    public const long Microsecond = 1000;
    public const long Millisecond = 1000 * Microsecond;
    public const long Second = 1000 * Millisecond;

    private readonly PriorityQueue<Action, (long Time, long Number)> _events = new();
    private long _number;

    public ulong Seed => seed;

    public FaultPlan Faults => faults;

    /// <summary>The simulated clock, in nanoseconds. Not at zero, where many a mistake would not be seen.</summary>
    public long Now { get; set; } = 1_000 * Second;

    /// <summary>The number of the present enter.</summary>
    public int Enter { get; set; }

    /// <summary>The enter in which bytes came to the client, or left it, last.</summary>
    public int LastMove { get; private set; }

    /// <summary>How far the clock has jumped in all.</summary>
    public long Jumped { get; set; }

    /// <summary>The first thing that was wrong; null while nothing was.</summary>
    public string? Violation { get; private set; }

    /// <summary>Bytes come or leave.</summary>
    public void OnMove() => LastMove = Enter;

    public bool IsTraced => trace is not null;

    public long NextEvent => _events.TryPeek(out _, out (long Time, long Number) key) ? key.Time : long.MaxValue;

    /// <summary>What is to happen so much later. Things of the same moment happen in the order in which they were called for.</summary>
    public void After(long delay, Action action) => _events.Enqueue(action, (Now + delay, _number++));

    /// <summary>Lets happen what is due.</summary>
    public void RunDue()
    {
        while (_events.TryPeek(out Action? action, out (long Time, long Number) key) && key.Time <= Now)
        {
            _events.Dequeue();
            action();
        }
    }

    /// <summary>Notes what is wrong: the run ends with the next enter, for not every caller lets an exception through.</summary>
    public void Fail(string violation)
    {
        Note(violation);
        Violation ??= violation;
    }

    public void Note(string what)
    {
        if (trace is { Count: < 4000 })
        {
            trace.Add($"{(Now - (1_000 * Second)) / 1000.0,14:0.0} µs  {what}");
        }
    }
}
