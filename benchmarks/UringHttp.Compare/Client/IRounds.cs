namespace UringHttp.Compare;

/// <summary>What runs the rounds of an arm inside its client process.</summary>
internal interface IRounds : IDisposable
{
    ClientReady Describe();

    Task<RoundResult> RunAsync(RoundCommand command);
}
