using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>The sizes beyond which a message is refused. Immutable, so one instance may serve any number of threads.</summary>
/// <remarks>
/// The defaults of the client side are those of <c>SocketsHttpHandler</c>, those of the server side are Kestrel's, where these have one.
/// </remarks>
public sealed class HttpLimits
{
    /// <summary>The defaults.</summary>
    public static HttpLimits Default { get; } = new();

    /// <summary>Longest head of a response, in bytes, status line and final empty line included. Default: 65,536 (64 KiB).</summary>
    public int MaxResponseHeadBytes { get; init => field = Positive(value); } = 64 * 1024;

    /// <summary>Most fields in the head of a response. Default: 1,000.</summary>
    public int MaxResponseFields { get; init => field = Positive(value); } = 1000;

    /// <summary>Longest request line, in bytes, its CR LF included. Default: 8,192 (8 KiB).</summary>
    public int MaxRequestLineBytes { get; init => field = Positive(value); } = 8 * 1024;

    /// <summary>Longest head of a request, in bytes, request line and final empty line included. Default: 32,768 (32 KiB).</summary>
    public int MaxRequestHeadBytes { get; init => field = Positive(value); } = 32 * 1024;

    /// <summary>Most fields in the head of a request. Default: 100.</summary>
    public int MaxRequestFields { get; init => field = Positive(value); } = 100;

    /// <summary>Most digits of one chunk size, leading zeros included. Default: 16, which is what a 64-bit size can need.</summary>
    public int MaxChunkSizeDigits { get; init => field = Positive(value); } = 16;

    /// <summary>Most bytes of chunk extensions in one message, all its chunks together. Default: 16,384 (16 KiB).</summary>
    public int MaxChunkExtensionBytes { get; init => field = Positive(value); } = 16 * 1024;

    /// <summary>Longest trailer section, in bytes, final empty line included. Default: 65,536 (64 KiB).</summary>
    public int MaxTrailerBytes { get; init => field = Positive(value); } = 64 * 1024;

    /// <summary>Most trailer fields. Default: 100.</summary>
    public int MaxTrailerFields { get; init => field = Positive(value); } = 100;

    private static int Positive(int value, [CallerMemberName] string? limit = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, limit);
        return value;
    }
}
