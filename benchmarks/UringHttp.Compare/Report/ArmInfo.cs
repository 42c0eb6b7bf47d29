namespace UringHttp.Compare;

/// <summary>An arm that has run.</summary>
internal sealed record ArmInfo
{
    public required string Name { get; init; }

    public required string Title { get; init; }

    public required ArmKind Kind { get; init; }

    public required string Backend { get; init; }

    public required string? Capabilities { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }
}

/// <summary>An arm that this machine cannot run.</summary>
internal sealed record UnavailableArm(string Name, string Title, string Reason);
