namespace UringHttp.Compare;

/// <summary>The processes of all arms of a run.</summary>
internal sealed class ArmFleet : IAsyncDisposable
{
    private readonly List<ArmProcess> _arms = [];
    private readonly List<UnavailableArm> _unavailable = [];

    private ArmFleet()
    {
    }

    /// <summary>Those that can run here. The first is the baseline.</summary>
    public IReadOnlyList<ArmProcess> Arms => _arms;

    public IReadOnlyList<UnavailableArm> Unavailable => _unavailable;

    public static async Task<ArmFleet> StartAsync(CompareOptions options, int? core, CancellationToken cancellation)
    {
        var fleet = new ArmFleet();
        try
        {
            foreach (Arm arm in options.Arms)
            {
                await fleet.AddAsync(arm, options.ArmsAreNamed, core, cancellation);
            }

            return fleet._arms.Count > 0 ? fleet : throw new CompareException("No arm can run on this machine.");
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>The arms with another one first in each round, so that none always follows the same.</summary>
    public static IEnumerable<ArmProcess> InOrderOf(IReadOnlyList<ArmProcess> arms, int round)
    {
        for (int i = 0; i < arms.Count; i++)
        {
            yield return arms[(i + round) % arms.Count];
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ArmProcess arm in _arms)
        {
            await arm.DisposeAsync();
        }
    }

    private async Task AddAsync(Arm arm, bool isNamed, int? core, CancellationToken cancellation)
    {
        ArmProcess process = await ArmProcess.StartAsync(arm, core, cancellation);
        if (process.Unavailable is not { } reason)
        {
            _arms.Add(process);
            return;
        }

        await process.DisposeAsync();
        if (isNamed)
        {
            throw new CompareException($"The arm {arm.Name} cannot run on this machine: {reason}");
        }

        _unavailable.Add(new UnavailableArm(arm.Name, arm.Title, reason));
    }
}
