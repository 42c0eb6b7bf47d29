namespace UringHttp;

/// <summary>
/// How a request is to be sent, beside what the message says. Requests that differ in nothing share one, which is why it is a class.
/// </summary>
/// <param name="Settings">What holds for this request.</param>
/// <param name="CallerIsOnLoop">Whether the caller is on the loop: then users' code may run there.</param>
internal sealed record ExchangeTerms(RequestSettings Settings, bool CallerIsOnLoop)
{
    /// <summary>Whether redirects and the like are followed.</summary>
    internal bool MayFollow { get; init; } = true;

    /// <summary>What it goes by; null for straight.</summary>
    internal ChosenProxy? Proxy { get; init; }

    /// <summary>What authentication wants of it; null for nothing.</summary>
    internal AuthenticationLeg? Leg { get; init; }

    /// <summary>What the content sees of its caller (AsyncLocal values) on another thread; null for nothing.</summary>
    internal ExecutionContext? Execution { get; init; }

    /// <summary>When the user's call began, on the loop's clock, where <see cref="RequestSettings.NeedsBegin"/> says so; else 0.</summary>
    internal long BeganAt { get; init; }
}
