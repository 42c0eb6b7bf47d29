namespace UringHttp.Soak;

/// <summary>How the end of an answer's body is told.</summary>
internal enum BodyForm
{
    Length,
    Chunked,
    UntilClose,
}
