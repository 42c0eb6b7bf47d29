namespace UringHttp.Simulation;

/// <summary>A seed, and what is to be left out of what it stands for.</summary>
internal sealed record RunSettings(ulong Seed)
{
    /// <summary>Faults that do not strike: a bit for each.</summary>
    public ulong WithoutFaults { get; init; }

    /// <summary>Requests that are not sent.</summary>
    public IReadOnlySet<int> WithoutRequests { get; init; } = new HashSet<int>();

    /// <summary>The one call that fails, counted from 1; 0: as the seed has it.</summary>
    public int FailingCall { get; init; }

    /// <summary>Whether what happens is written down.</summary>
    public bool IsTraced { get; init; }
}
