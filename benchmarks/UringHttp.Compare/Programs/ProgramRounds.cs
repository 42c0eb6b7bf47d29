namespace UringHttp.Compare;

/// <summary>The rounds of a client that is a program of its own.</summary>
internal sealed class ProgramRounds : IRounds
{
    private readonly IClientProgram _program;

    public ProgramRounds(IClientProgram program)
    {
        _program = program;
        if (program.DescribeMissing() is { } missing)
        {
            throw new PlatformNotSupportedException(missing);
        }
    }

    public ClientReady Describe() => new(_program.Backend, null, Unavailable: null);

    public async Task<RoundResult> RunAsync(RoundCommand command)
    {
        (string output, ProgramUse use) = await ProgramUse.RunAsync(_program.CommandFor(command, command.Limit ?? command.WarmUp));
        return _program.Read(output, command, use);
    }

    public void Dispose()
    {
        // Nothing outlives a round.
    }
}
