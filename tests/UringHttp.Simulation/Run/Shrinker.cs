namespace UringHttp.Simulation;

/// <summary>Leaves out of a failing run what it fails without: requests, then faults.</summary>
internal static class Shrinker
{
    public static RunSettings Shrink(RunSettings failing)
    {
        RunResult whole = new SimulationRun(failing).Run();
        for (int id = whole.Requests - 1; id >= 0; id--)
        {
            failing = Try(failing, failing with { WithoutRequests = new HashSet<int>(failing.WithoutRequests) { id } });
        }

        for (int kind = 0; kind < FaultPlan.Kinds; kind++)
        {
            failing = Try(failing, failing with { WithoutFaults = failing.WithoutFaults | (1UL << kind) });
        }

        return failing;
    }

    private static RunSettings Try(RunSettings failing, RunSettings smaller) =>
        new SimulationRun(smaller).Run().Violation is null ? failing : smaller;
}
