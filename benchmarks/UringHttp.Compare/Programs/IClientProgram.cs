namespace UringHttp.Compare;

/// <summary>A client that is a program of its own, run anew for each round.</summary>
internal interface IClientProgram
{
    /// <summary>What moves the bytes, for the report.</summary>
    string Backend { get; }

    bool Serves(Workload row);

    /// <summary>Why this machine cannot run it, with the command that mends that; null when it can.</summary>
    string? DescribeMissing();

    /// <summary>The program and its arguments for a round.</summary>
    IReadOnlyList<string> CommandFor(RoundCommand round, RoundLimit limit);

    /// <summary>Makes the figures of a round out of what the program wrote to its standard output.</summary>
    RoundResult Read(string output, RoundCommand round, ProgramUse use);
}
