namespace UringHttp.Soak;

/// <summary>How the server answers. All but the first three are faults, and what the client makes of each is known.</summary>
internal enum AnswerWay
{
    /// <summary>As a good server does.</summary>
    Whole,

    /// <summary>In small pieces, with pauses.</summary>
    Drip,

    /// <summary>Whole, and the connection is closed behind it although nothing has announced that.</summary>
    ThenClose,

    /// <summary>The connection is closed before the answer.</summary>
    NoAnswer,

    /// <summary>The connection is reset in the middle of the body.</summary>
    Reset,

    /// <summary>The connection is closed before the end of the body.</summary>
    Early,

    /// <summary>The body stops, and nothing more comes.</summary>
    Stall,

    /// <summary>A head that breaks a rule.</summary>
    BadHead,

    /// <summary>A chunked body that breaks a rule.</summary>
    BadChunk,
}
