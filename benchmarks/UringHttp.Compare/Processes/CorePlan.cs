namespace UringHttp.Compare;

/// <summary>Which core the clients share and which the server has; null for both where there are not two.</summary>
internal sealed record CorePlan(int? Client, int? Server)
{
    public static CorePlan Choose()
    {
        IReadOnlyList<int> cores = CpuAffinity.AllowedCores();
        return cores.Count >= 2 ? new CorePlan(cores[0], cores[1]) : new CorePlan(null, null);
    }

    public override string ToString() => Client is null
        ? "nothing is pinned: clients and server share one core"
        : $"clients pinned to core {Client}, server to core {Server}";
}
