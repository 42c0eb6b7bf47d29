namespace UringHttp;

/// <summary>
/// The kernel as the loop sees it: the seam where a simulated one can stand. The contract is that of native/uringhttp.h;
/// <see cref="NativeRing"/> is the real one.
/// </summary>
/// <remarks>
/// Disposing it, on the loop thread, ends what is in flight. <see cref="UringException"/> then means that the kernel would not let
/// go: the memory of what is in flight must never be used again.
/// </remarks>
internal interface IRing : IDisposable
{
    RingInfo Info { get; }

    /// <summary>The loop's clock, in nanoseconds. It never goes back.</summary>
    long Now { get; }

    /// <summary>
    /// Submits, waits for one completion at least (or the timeout, a wake or a signal), delivers completions.
    /// Loop thread only; may block.
    /// </summary>
    /// <param name="submissions">Copied before the call returns.</param>
    /// <param name="accepted">How many of them, from the first, were taken; the rest must be offered again.</param>
    /// <param name="completions">Receives the completions.</param>
    /// <param name="timeoutNanoseconds">0 does not wait; below 0 has no limit.</param>
    /// <returns>The number of completions. Throws <see cref="UringException"/> for what cannot be gone on from.</returns>
    int Enter(ReadOnlySpan<Submission> submissions, out int accepted, Span<Completion> completions, long timeoutNanoseconds);

    /// <summary>Ends the present or the next wait of <see cref="Enter"/>. Any thread.</summary>
    void Wake();

    /// <summary>A new socket, or a negated errno. Any thread, like the calls below.</summary>
    /// <exception cref="ObjectDisposedException">The ring is closed; those below go on working.</exception>
    int OpenSocket(int domain, int type, int protocol);

    int Bind(int descriptor, ReadOnlySpan<byte> address);

    int Listen(int descriptor, int backlog);

    int SetOption(int descriptor, int level, int name, int value);

    /// <summary>The address this end has; its length, or a negated errno.</summary>
    int GetLocalName(int descriptor, Span<byte> address);

    /// <summary>The address the other end has; its length, or a negated errno.</summary>
    int GetPeerName(int descriptor, Span<byte> address);

    /// <summary>
    /// Receives what a socket holds already, without waiting: the bytes, 0 at the end of the stream, or a negated errno (EAGAIN when
    /// there is nothing). Loop thread only; no receive may be in flight on the descriptor.
    /// </summary>
    int ReceiveNow(int descriptor, Span<byte> destination);

    /// <summary>Closes a descriptor that no submission has named.</summary>
    int CloseUnused(int descriptor);
}
