namespace UringHttp.Simulation;

/// <summary>What can go wrong, or merely not as usual. Each seed has some of them, each at a rate of its own.</summary>
internal enum Fault
{
    /// <summary>The ring takes only the first of the submissions.</summary>
    PartialSubmit,

    /// <summary>An enter returns for nothing.</summary>
    SpuriousReturn,

    /// <summary>An enter delivers fewer completions than there are.</summary>
    FewCompletions,

    /// <summary>The clock jumps ahead: the machine was suspended, the thread not scheduled.</summary>
    ClockJump,

    /// <summary>A completion comes again whose operation has ended.</summary>
    StaleToken,

    /// <summary>No descriptor, or no memory, for a socket: EMFILE, ENFILE, ENOBUFS, ENOMEM.</summary>
    SocketRefused,

    /// <summary>An option of a socket is refused.</summary>
    OptionRefused,

    /// <summary>Connecting fails at once or after a while.</summary>
    ConnectRefused,

    /// <summary>Nobody answers: two minutes until ETIMEDOUT.</summary>
    ConnectHangs,

    /// <summary>A send ends before all has left, with nothing or something sent.</summary>
    SendShort,

    /// <summary>A send fails.</summary>
    SendFails,

    /// <summary>A receive fails.</summary>
    ReceiveFails,

    /// <summary>close(2) reports an error. The descriptor is gone all the same.</summary>
    CloseFails,

    /// <summary>A cancel comes too late, or cannot stop what is under way, which ends by itself.</summary>
    CancelLate,

    /// <summary>The peer takes and sends bytes slowly, in small pieces.</summary>
    PeerSlow,

    /// <summary>The peer says nothing more, for two minutes.</summary>
    PeerStalls,

    /// <summary>The peer resets the connection somewhere in its answer, or before it.</summary>
    PeerResets,

    /// <summary>The peer closes somewhere in its answer, or before it.</summary>
    PeerCloses,

    /// <summary>The head of the answer is against the rules.</summary>
    HeadInvalid,

    /// <summary>The body of the answer is against the rules.</summary>
    BodyInvalid,

    /// <summary>More informational heads than anybody needs.</summary>
    InterimFlood,

    /// <summary>The answer comes before the request's content is read.</summary>
    AnswerEarly,

    /// <summary>More bytes than the answer has come behind it.</summary>
    ExtraBytes,

    /// <summary>An idle connection is closed or reset by the peer.</summary>
    IdleEnds,

    /// <summary>The loop has next to no memory for blocks.</summary>
    NoBlocks,

    /// <summary>The caller gives up.</summary>
    CallerCancels,

    /// <summary>The caller does not read to the end.</summary>
    CallerDrops,

    /// <summary>The handlers are disposed while requests are under way.</summary>
    HandlerDisposed,

    /// <summary>The loop is disposed while requests are under way.</summary>
    LoopDisposed,

    /// <summary>The ring fails for good.</summary>
    RingFails,

    /// <summary>The peer closes or resets with requests of a pipeline in hand, after as many answers as it pleases.</summary>
    PipelineEnds,
}
