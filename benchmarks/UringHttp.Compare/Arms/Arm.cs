namespace UringHttp.Compare;

/// <summary>An opponent: how it is called, and how a client process becomes it.</summary>
internal sealed record Arm
{
    /// <summary>The arm on the command line and in the files.</summary>
    public required string Name { get; init; }

    /// <summary>The arm for a reader.</summary>
    public required string Title { get; init; }

    public ArmKind Kind { get; init; }

    /// <summary>True for the arms that run when nothing is asked for: those of the Demo target.</summary>
    public bool IsInDemo { get; init; }

    /// <summary>The rows that it can run, as far as they are worth the time.</summary>
    public Func<Workload, bool> Serves { get; init; } = static _ => true;

    /// <summary>What its process has in the environment beside what all have.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Called in a client process of this program. <see cref="PlatformNotSupportedException"/> says that this machine cannot run the arm.
    /// Null for an arm that has a command.
    /// </summary>
    public Func<IRounds>? Open { get; init; }

    /// <summary>A program, with its arguments, that speaks the lines of <see cref="RoundCommand"/> itself.</summary>
    public IReadOnlyList<string>? Command { get; init; }
}
