namespace UringHttp.Compare;

/// <summary>All that is known of a run: what the table, the JSON file and the HTML file are made from.</summary>
internal sealed record Comparison
{
    /// <summary>Of the JSON file; grows by one when a reader of it would break.</summary>
    public int Schema { get; } = 2;

    public required DateTimeOffset StartedAt { get; init; }

    public required double WallSeconds { get; init; }

    public required string CommandLine { get; init; }

    public required CommitInfo Commit { get; init; }

    public required MachineInfo Machine { get; init; }

    public required string Server { get; init; }

    public required int? ClientCore { get; init; }

    public required int? ServerCore { get; init; }

    /// <summary>The part of the client's core that other programs took while rounds were measured; null when nothing is pinned.</summary>
    public double? OthersCoreUse => ClientCore is null ? null : PartOfRounds(round => round.OthersCoreSeconds ?? 0);

    /// <summary>The part of the measured time in which the compiler was at work: near zero when the arms were warm.</summary>
    public double CompilationUse => PartOfRounds(round => round.CompilationSeconds);

    public required int Rounds { get; init; }

    public required bool Full { get; init; }

    /// <summary>Variables of the environment that steer .NET in all arms.</summary>
    public required IReadOnlyDictionary<string, string> RuntimeSettings { get; init; }

    /// <summary>The arm that ratios refer to.</summary>
    public required string Baseline { get; init; }

    public required IReadOnlyList<ArmInfo> Arms { get; init; }

    public required IReadOnlyList<UnavailableArm> Unavailable { get; init; }

    /// <summary>Rows that this machine cannot run, each with the reason.</summary>
    public required IReadOnlyList<string> RowsLeftOut { get; init; }

    public required IReadOnlyList<RowResult> Rows { get; init; }

    /// <summary>By others.</summary>
    public IReadOnlyList<PublishedFigure> Published { get; } = PublishedFigure.All;

    private double PartOfRounds(Func<RoundResult, double> seconds)
    {
        RoundResult[] rounds = [.. Rows.SelectMany(row => row.Arms).SelectMany(arm => arm.Rounds)];
        return rounds.Sum(seconds) / rounds.Sum(round => round.WallSeconds);
    }
}
