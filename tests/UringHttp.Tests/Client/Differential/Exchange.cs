namespace UringHttp.Tests.Client.Differential;

/// <summary>One exchange that both handlers have with a scripted peer: what is sent, and the raw bytes of the answer.</summary>
/// <param name="Name">Subject and case. <see cref="KnownDifferences"/> goes by it.</param>
/// <param name="Answer">What the peer says, as Latin-1. {port} stands for its port.</param>
internal sealed record Exchange(string Name, string Answer)
{
    /// <summary>A plain answer, for exchanges that are about the request.</summary>
    internal const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    /// <summary>What is sent to the peer. By default a GET of the root.</summary>
    internal Func<Uri, HttpRequestMessage> Request { get; init; } = uri => new HttpRequestMessage(HttpMethod.Get, uri);

    /// <summary>Sets properties, which both handlers have under the same names.</summary>
    internal Action<Scenario.Settings> Set { get; init; } = _ => { };

    /// <summary>
    /// Whether the peer keeps the connection open behind its answer. Then the answer must have an end of its own, and it is compared
    /// whether the connection is used for the next request. Else the peer closes, so that every answer has an end.
    /// </summary>
    internal bool StaysOpen { get; init; }

    /// <summary>Whether the caller's content fails underway: how much of it arrives by then is left open, and not compared.</summary>
    internal bool BreaksOff { get; init; }

    /// <summary>What the peer says before the content, to a request that expects it.</summary>
    internal string BeforeContent { get; init; } = string.Empty;

    /// <summary>The answer to a request for another target than the first one's: where redirects lead.</summary>
    internal string Elsewhere { get; init; } = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nelsewhere";

    public override string ToString() => Name;

    /// <summary>Exchanges of one subject that differ in their answers. The peer closes behind each.</summary>
    internal static IEnumerable<Exchange> Answers(string subject, params (string Name, string Answer)[] cases) =>
        cases.Select(one => new Exchange($"{subject}: {one.Name}", one.Answer));

    /// <summary>Exchanges of one subject that differ in their answers, and whose connection may be used again.</summary>
    internal static IEnumerable<Exchange> OpenAnswers(string subject, params (string Name, string Answer)[] cases) =>
        cases.Select(one => new Exchange($"{subject}: {one.Name}", one.Answer) { StaysOpen = true });

    /// <summary>Exchanges of one subject that differ in what is asked.</summary>
    internal static IEnumerable<Exchange> Requests(string subject, params (string Name, Func<Uri, HttpRequestMessage> Request)[] cases) =>
        cases.Select(one => new Exchange($"{subject}: {one.Name}", Ok) { Request = one.Request, StaysOpen = true });

    /// <summary>Text as it can be read in a name or a message.</summary>
    internal static string Visible(string text) => string.Concat(text.Select(one => one switch
    {
        '\r' => "\\r",
        '\n' => "\\n",
        < ' ' or > '~' => $"\\x{(int)one:X2}",
        _ => $"{one}",
    }));
}
