using System.Diagnostics;
using System.Runtime.InteropServices;

namespace UringHttp.Benchmarks;

/// <summary>
/// A kernel in memory: every connection is accepted at once, and whatever is sent is answered with the same bytes. So what is measured over
/// it is the loop and the client, and no system call.
/// </summary>
internal sealed class MemoryRing(byte[] answer) : IRing
{
    private const int Cancelled = -125; // ECANCELED
    private const int NothingToCancel = -2; // ENOENT
    private const int NothingThere = -11; // EAGAIN
    private const int Readable = 1; // POLLIN
    private const int AddressLength = 16; // struct sockaddr_in
    private const int FirstDescriptor = 1000; // none that this process has

    private static readonly double s_nanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly Queue<Completion> _ready = new();
    private readonly List<Submission> _waiting = [];
    private readonly Dictionary<int, int> _unread = []; // bytes of the answer that a descriptor has still to be given
    private readonly SemaphoreSlim _wakes = new(0);
    private int _nextDescriptor = FirstDescriptor;

    public RingInfo Info { get; } = new()
    {
        Backend = UringBackend.Epoll,
        Stage = RingStage.Works,
        SubmissionEntries = 256,
        CompletionEntries = 512,
    };

    public long Now => (long)(Stopwatch.GetTimestamp() * s_nanosecondsPerTick);

    public int Enter(ReadOnlySpan<Submission> submissions, out int accepted, Span<Completion> completions, long timeoutNanoseconds)
    {
        foreach (Submission submission in submissions)
        {
            Submit(submission);
        }

        accepted = submissions.Length;
        if (_ready.Count == 0 && timeoutNanoseconds != 0)
        {
            _wakes.Wait(timeoutNanoseconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMicroseconds(timeoutNanoseconds / 1000.0));
        }

        int count = 0;
        while (count < completions.Length && _ready.TryDequeue(out Completion completion))
        {
            completions[count++] = completion;
        }

        return count;
    }

    public void Wake() => _wakes.Release();

    public int OpenSocket(int domain, int type, int protocol) => _nextDescriptor++;

    public int Bind(int descriptor, ReadOnlySpan<byte> address) => 0;

    public int Listen(int descriptor, int backlog) => 0;

    public int SetOption(int descriptor, int level, int name, int value) => 0;

    public int GetLocalName(int descriptor, Span<byte> address) => GetPeerName(descriptor, address);

    public int GetPeerName(int descriptor, Span<byte> address)
    {
        address[..AddressLength].Clear();
        address[0] = 2; // AF_INET
        return AddressLength;
    }

    public int ReceiveNow(int descriptor, Span<byte> destination)
    {
        int count = Math.Min(_unread.GetValueOrDefault(descriptor), destination.Length);
        Take(descriptor, count).AsSpan().CopyTo(destination);
        return count == 0 ? NothingThere : count;
    }

    public int CloseUnused(int descriptor) => 0;

    public void Dispose() => _wakes.Dispose();

    private void Submit(in Submission submission)
    {
        switch (submission.Kind)
        {
            case OperationKind.Send:
                _unread[submission.Descriptor] = answer.Length;
                Complete(submission, (int)submission.Length);
                Answer(submission.Descriptor);
                break;
            case OperationKind.Receive or OperationKind.Poll or OperationKind.Accept:
                _waiting.Add(submission);
                Answer(submission.Descriptor);
                break;
            case OperationKind.Cancel:
                Cancel(submission);
                break;
            default:
                Complete(submission, 0);
                break;
        }
    }

    private void Answer(int descriptor)
    {
        int index = _waiting.FindIndex(waiting => waiting.Descriptor == descriptor);
        if (index < 0 || _unread.GetValueOrDefault(descriptor) == 0)
        {
            return;
        }

        Submission submission = _waiting[index];
        _waiting.RemoveAt(index);
        if (submission.Kind == OperationKind.Poll)
        {
            Complete(submission, Readable);
            return;
        }

        int count = (int)Math.Min((uint)_unread[descriptor], submission.Length);
        ArraySegment<byte> bytes = Take(descriptor, count);
        Marshal.Copy(bytes.Array!, bytes.Offset, (nint)submission.Address, count);
        Complete(submission, count);
    }

    private ArraySegment<byte> Take(int descriptor, int count)
    {
        int unread = _unread.GetValueOrDefault(descriptor);
        _unread[descriptor] = unread - count;
        return new ArraySegment<byte>(answer, answer.Length - unread, count);
    }

    private void Cancel(in Submission submission)
    {
        ulong token = submission.Address;
        int index = _waiting.FindIndex(waiting => waiting.Token == token);
        if (index >= 0)
        {
            Complete(_waiting[index], Cancelled);
            _waiting.RemoveAt(index);
        }

        Complete(submission, index >= 0 ? 0 : NothingToCancel);
    }

    private void Complete(in Submission submission, int result) =>
        _ready.Enqueue(new Completion { Token = submission.Token, Result = result });
}
