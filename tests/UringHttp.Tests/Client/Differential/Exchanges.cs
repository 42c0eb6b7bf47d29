namespace UringHttp.Tests.Client.Differential;

/// <summary>All exchanges that the two handlers are compared by.</summary>
internal static class Exchanges
{
    internal static readonly Dictionary<string, Exchange[]> BySubject = new()
    {
        ["status lines"] = [.. StatusLines.All],
        ["bytes of reasons"] = [.. StatusLines.Bytes],
        ["fields"] = [.. Fields.All],
        ["bytes of names"] = [.. Fields.NameBytes],
        ["bytes of values"] = [.. Fields.ValueBytes],
        ["framings"] = [.. Framings.All],
        ["reuse"] = [.. Framings.Reuse],
        ["chunked bodies"] = [.. ChunkedBodies.All],
        ["bytes of chunk extensions"] = [.. ChunkedBodies.ExtensionBytes],
        ["bytes of chunk sizes"] = [.. ChunkedBodies.SizeBytes],
        ["cuts"] = [.. Cuts.All],
        ["interims"] = [.. Interims.All],
        ["redirects"] = [.. FollowUps.Redirects],
        ["challenges"] = [.. FollowUps.Authentications],
        ["content codings"] = [.. FollowUps.Decompression],
        ["request lines"] = [.. Requests.Lines],
        ["request heads"] = [.. Requests.Heads],
        ["request bodies"] = [.. Requests.Bodies],
    };
}
