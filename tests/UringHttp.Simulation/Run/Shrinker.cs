namespace UringHttp.Simulation;

/// <summary>Leaves out of a failing run what it fails without: requests, then faults.</summary>
internal static class Shrinker
{
    public static RunSettings Shrink(RunSettings failing)
    {
        RunResult whole = new SimulationRun(failing).Run();
        string complaint = ComplaintOf(whole);
        for (int id = whole.Requests - 1; id >= 0; id--)
        {
            failing = Try(failing, complaint, failing with { WithoutRequests = new HashSet<int>(failing.WithoutRequests) { id } });
        }

        for (int kind = 0; kind < FaultPlan.Kinds; kind++)
        {
            failing = Try(failing, complaint, failing with { WithoutFaults = failing.WithoutFaults | (1UL << kind) });
        }

        return failing;
    }

    /// <summary>It must go on failing in the same way.</summary>
    private static RunSettings Try(RunSettings failing, string complaint, RunSettings smaller) =>
        ComplaintOf(new SimulationRun(smaller).Run()) == complaint ? smaller : failing;

    /// <summary>The beginning of what is wrong, without its numbers.</summary>
    private static string ComplaintOf(RunResult result) =>
        string.Concat((result.Violation ?? "").TakeWhile(c => c is not ('(' or ':')).Where(c => !char.IsAsciiDigit(c)).Take(60));
}
