namespace UringHttp.Compare;

/// <summary>
/// A figure that somebody else has published, for a system that Debian does not have: not measured here, on another machine, and only
/// good for its ratio to the aiohttp of the same table.
/// </summary>
internal sealed record PublishedFigure(string System, string What, string Figure, string OfAiohttp, double? Ratio)
{
    public static IReadOnlyList<PublishedFigure> All { get; } =
    [
        new("HTTP.jl, asyncmap on one thread", "100 × 28 MB, wall time", "30.4 s", "8.44 s (one thread, uvloop)", 30.42 / 8.44),
        new("HTTP.jl, 10 connections on threads, own buffers", "100 × 28 MB, wall time", "16.9 s", "8.44 s", 16.87 / 8.44),
        new("Downloads.jl (libcurl)", "100 × 28 MB, wall time", "“as slow if not slower” than HTTP.jl", "8.44 s", null),
        new("requests, 50 threads, one session", "100 × 28 MB, CPU time", "17.6 s", "4.76 s", 17.6 / 4.76),
        new("hyperhttp (uvloop)", "200 B, 64 at once, time for a request", "1 / 3,699 s", "1 / 3,904 s", 3904.0 / 3699),
        new("hyperhttp (uvloop)", "10 KiB, 64 at once, time for a request", "1 / 3,527 s", "1 / 3,794 s", 3794.0 / 3527),
        new("hyperhttp (uvloop)", "1 MiB, 64 at once, time for a request", "1 / 1,303 s", "1 / 1,317 s", 1317.0 / 1303),
        new("httpx (uvloop)", "200 B, 64 at once, time for a request", "1 / 199 s", "1 / 3,904 s", 3904.0 / 199),
    ];
}
