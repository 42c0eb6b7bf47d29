namespace UringHttp.Simulation;

/// <summary>An operation from when the ring took it to when its terminal completion is delivered.</summary>
internal sealed class PendingOperation(in Submission submission, SimulatedSocket socket, int enter)
{
    private readonly Submission _submission = submission;

    public ulong Token => _submission.Token;

    public OperationKind Kind => _submission.Kind;

    public SimulatedSocket Socket => socket;

    /// <summary>The enter that took it.</summary>
    public int BeganAt => enter;

    public LentMemory Memory { get; } = new(submission);

    /// <summary>Bytes that have left.</summary>
    public int Progress { get; set; }

    /// <summary>It has come to something, which may not have been delivered yet.</summary>
    public bool IsDone { get; set; }
}
