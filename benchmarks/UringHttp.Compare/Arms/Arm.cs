namespace UringHttp.Compare;

/// <summary>An opponent: how it is called, and how a client process becomes it.</summary>
internal sealed record Arm
{
    /// <summary>The arm on the command line and in the files.</summary>
    public required string Name { get; init; }

    /// <summary>The arm for a reader.</summary>
    public required string Title { get; init; }

    /// <summary>True for the arms that this repository is about.</summary>
    public bool IsOurs { get; init; }

    /// <summary>What its process has in the environment beside what all have.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Called in the client process. <see cref="PlatformNotSupportedException"/> says that this machine cannot run it.</summary>
    public required Func<IArmClient> Open { get; init; }
}
