namespace UringHttp.Compare;

/// <summary>Is told how a run goes on, between rounds only: drawing while a round is measured would be measured too.</summary>
internal interface IRunObserver
{
    void RunStarts(string server, CorePlan cores, ArmFleet fleet);

    void RowStarts(Workload workload, int steps);

    void StepStarts(string what);

    void StepEnds();
}
