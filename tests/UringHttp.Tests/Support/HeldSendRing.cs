namespace UringHttp.Tests.Support;

/// <summary>
/// A ring that does what it is asked, and tells of the sends only when it is told to: that they failed. So the answer to what was sent
/// can be there before its end is known. Sends after that are as usual.
/// </summary>
internal sealed class HeldSendRing(IRing ring) : IRing
{
    private readonly HashSet<ulong> _sends = [];
    private readonly Queue<ulong> _held = new();
    private volatile int _errno;
    private int _count;

    public RingInfo Info => ring.Info;

    public long Now => ring.Now;

    /// <summary>Sends whose end the loop has not been told.</summary>
    public int Held => Volatile.Read(ref _count);

    /// <summary>Tells the loop that the sends have failed. Any thread.</summary>
    public void FailSends(int errno)
    {
        _errno = errno;
        ring.Wake();
    }

    public int Enter(ReadOnlySpan<Submission> submissions, out int accepted, Span<Completion> completions, long timeoutNanoseconds)
    {
        foreach (Submission submission in submissions)
        {
            if (submission.Kind == OperationKind.Send && _errno == 0)
            {
                _sends.Add(submission.Token);
            }
        }

        bool isTold = _errno != 0 && _held.Count > 0;
        int delivered = ring.Enter(submissions, out accepted, completions, isTold ? 0 : timeoutNanoseconds);
        int count = 0;
        foreach (Completion completion in completions[..delivered])
        {
            if (_sends.Remove(completion.Token))
            {
                _held.Enqueue(completion.Token);
                Volatile.Write(ref _count, _held.Count);
            }
            else
            {
                completions[count++] = completion;
            }
        }

        while (_errno != 0 && count < completions.Length && _held.TryDequeue(out ulong token))
        {
            completions[count++] = new Completion { Token = token, Result = -_errno };
        }

        return count;
    }

    public void Wake() => ring.Wake();

    public int OpenSocket(int domain, int type, int protocol) => ring.OpenSocket(domain, type, protocol);

    public int Bind(int descriptor, ReadOnlySpan<byte> address) => ring.Bind(descriptor, address);

    public int Listen(int descriptor, int backlog) => ring.Listen(descriptor, backlog);

    public int SetOption(int descriptor, int level, int name, int value) => ring.SetOption(descriptor, level, name, value);

    public int GetLocalName(int descriptor, Span<byte> address) => ring.GetLocalName(descriptor, address);

    public int GetPeerName(int descriptor, Span<byte> address) => ring.GetPeerName(descriptor, address);

    public int ReceiveNow(int descriptor, Span<byte> destination) => ring.ReceiveNow(descriptor, destination);

    public int CloseUnused(int descriptor) => ring.CloseUnused(descriptor);

    public void Dispose() => ring.Dispose();
}
