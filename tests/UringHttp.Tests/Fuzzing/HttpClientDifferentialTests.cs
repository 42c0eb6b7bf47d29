using NUnit.Framework;
using UringHttp.Tests.Http1;
using static UringHttp.Tests.Fuzzing.FuzzRun;

namespace UringHttp.Tests.Fuzzing;

/// <summary>
/// Whole answers, given to our handler and to the stock one over a connection in memory: both make the same of them, or the difference is
/// listed.
/// </summary>
[TestFixture]
internal sealed class HttpClientDifferentialTests
{
    /// <summary>A length that is said twice, alike, in one field.</summary>
    private const string LengthTwice = "content-length:[ \t]*5, 5";

    private static readonly ListedDifference[] _listed =
    [
        new(
            Verdict.Otherwise, Verdict.Taken, "RFC 9112 §6.3: a length; no length to the stock handler, and so until the end",
            Answer("Content-Length: 5, 5", "hello, you"), LengthTwice),
        new(Verdict.Refused, Verdict.Taken, "the same, with a body that is shorter", Answer("Content-Length: 5, 5", "hell"), LengthTwice),
        Refused("InvalidStatusCode", "RFC 9110 §15: 100 to 999", "HTTP/1.1 099 OK\r\n\r\n"),
        Refused("BareLineFeed", "what one reads as one line, another reads as two: smuggling", "HTTP/1.1 200 OK\nA: b\r\n\r\n"),
        Refused("BareCarriageReturn", "as with LF alone", Answer("A: b\rc")),
        Refused("InvalidReasonPhrase", "RFC 9110 §5.5: no control characters", "HTTP/1.1 200 a\u0001b\r\n\r\n"),
        Refused("InvalidFieldValue", "RFC 9110 §5.5: no control characters", Answer("A: \u007F")),
        Refused("ObsoleteFold", "RFC 9112 §5.2: smuggling", Answer("A: b\r\n c")),
        Refused("WhitespaceBeforeColon", "RFC 9112 §5.1: smuggling", Answer("A : b")),
        Refused("InvalidContentLength", "RFC 9112 §6.3: the length is not known", Answer("Content-Length: ")),
        Refused("ContentLengthOverflow", "RFC 9112 §6.3: the length is not known", Answer("Content-Length: 9223372036854775808")),
        Refused("DifferingContentLengths", "RFC 9112 §6.3: two may frame it in two ways", Answer("Content-Length: 5,6")),
        Refused("LengthAndTransferEncoding", "RFC 9112 §6.3: two may frame it in two ways", Chunked("0\r\n\r\n", "Content-Length: 5\r\n")),
        Refused("TransferEncodingInHttp10", "RFC 9112 §6.1: faulty framing", "HTTP/1.0 200 OK\r\nTransfer-Encoding: x\r\n\r\n"),
        Refused("EmptyTransferEncoding", "two may frame it in two ways", Answer("Transfer-Encoding: ")),
        Refused("UnsupportedTransferCoding", "the body would be given out coded", Answer("Transfer-Encoding: identity")),
        Refused("RepeatedChunked", "RFC 9112 §6.1", Answer("Transfer-Encoding: chunked, chunked", "0\r\n\r\n")),
        Refused("ChunkNotTerminated", "CVE-2025-55315", Chunked("1\r\na\n0\r\n\r\n")),
        Refused("InvalidChunkExtension", "as in fields", Chunked("1;\u0001\r\na\r\n0\r\n\r\n")),
    ];

    private readonly UringLoop _loop = new();
    private readonly HttpMessageInvoker _here;
    private readonly HttpMessageInvoker _there;
    private ByteStream _peer = new([], 1);

    public HttpClientDifferentialTests()
    {
        _here = new HttpMessageInvoker(new UringHttpHandler(_loop, new UringHttpHandlerOptions
        {
            ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(_peer),
            PooledConnectionLifetime = TimeSpan.Zero,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ResendOnStaleConnection = false,
        }));
        _there = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(_peer),
            PooledConnectionLifetime = TimeSpan.Zero,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        });
    }

    [OneTimeTearDown]
    public void End()
    {
        _here.Dispose();
        _there.Dispose();
        _loop.Dispose();
    }

    [Test]
    public async Task Answers() => await Task.Run(() => Run(1, Draw, (bytes, random) =>
    {
        int piece = random.Next(4) == 0 ? random.Next(1, 30) : int.MaxValue;
        ListedDifference.Judge(bytes, Exchange(_here, bytes, piece), Exchange(_there, bytes, piece), _listed);
    }, isFixed: true));

    [TestCaseSource(nameof(_listed))]
    public async Task A_listed_difference_is_there(ListedDifference difference) => await Task.Run(() =>
    {
        byte[] bytes = Wire.Bytes(difference.Example);
        Assert.That(
            ListedDifference.Between(Exchange(_here, bytes, int.MaxValue), Exchange(_there, bytes, int.MaxValue)),
            Is.EqualTo((difference.Here, difference.There)));
    });

    private static ListedDifference Refused(string error, string reason, string example) => new(error, Verdict.Taken, reason, example);

    private static string Answer(string fields, string body = "hello") => $"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n{body}";

    private static string Chunked(string body, string before = "") => Answer($"{before}Transfer-Encoding: chunked", body);

    /// <summary>A value without what says nothing in a list: the stock handler writes some lists anew.</summary>
    private static string Elements(string value) =>
        string.Join(',', value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static byte[] Draw(Random random)
    {
        byte[] body = random.Next(2) == 0 ? MessageGenerator.ChunkedBody(random, out _) : "hello"u8.ToArray();
        return [.. MessageGenerator.ResponseHead(random), .. body];
    }

    /// <summary>Nothing waits here but for the loop and the thread pool: the bytes are all there.</summary>
    private Verdict Exchange(HttpMessageInvoker handler, byte[] bytes, int piece) =>
        ExchangeAsync(handler, bytes, piece).GetAwaiter().GetResult();

    private async Task<Verdict> ExchangeAsync(HttpMessageInvoker handler, byte[] bytes, int piece)
    {
        _peer = new ByteStream(bytes, piece);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://a.example/");
        try
        {
            using HttpResponseMessage response = await handler.SendAsync(request, CancellationToken.None);
            string body = await response.Content.ReadAsStringAsync();
            string fields = string.Concat(response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
                .Select(field => $"|{field.Key}={Elements($"{field.Value}")}"));
            int minor = Math.Min(response.Version.Minor, 1); // what is above 1.1 is told as 1.1 here, and as it is there
            return new Verdict(Verdict.Taken, $"{(int)response.StatusCode} 1.{minor} '{response.ReasonPhrase}'{fields} {body}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return NameOf(e);
        }
    }

    /// <summary>By the rule that ours names; that of the stock handler has no name.</summary>
    private static Verdict NameOf(Exception e)
    {
        string text = e.ToString();
        HttpProtocolError error = Enum.GetValues<HttpProtocolError>()
            .FirstOrDefault(one => one != HttpProtocolError.None && text.Contains(one.Describe(), StringComparison.Ordinal));
        return new Verdict(error == HttpProtocolError.None ? Verdict.Refused : $"{error}", $"{e.GetType().Name}: {e.Message}");
    }
}
