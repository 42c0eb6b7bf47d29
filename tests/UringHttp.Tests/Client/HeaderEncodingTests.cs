using System.Net;
using System.Net.Http.Headers;
using System.Text;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>Fields in other encodings than ASCII and Latin-1: by selectors, as with the stock handler.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class HeaderEncodingTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Word = "\xe4\u20ac";

    /// <summary>How the peer's log, which is Latin-1, shows the word in UTF-8.</summary>
    private static readonly string WordInUtf8 = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(Word));

    /// <summary>Every field and its encoding, as the stock handler sends it.</summary>
    [Test]
    public async Task Requests_are_those_of_the_stock_handler([Values] bool ownHost)
    {
        string[] heads = await SendWithBothAsync(request =>
        {
            request.Headers.Host = ownHost ? "h\xe4" : null;
            request.Headers.TryAddWithoutValidation("X-Utf8", [Word, "b"]);
            request.Headers.TryAddWithoutValidation("X-Latin1", "\xe4");
            request.Headers.TryAddWithoutValidation("X-Plain", "plain");
            request.Headers.TryAddWithoutValidation("Cookie", $"own={Word}");
            request.Content = new StringContent("x");
            request.Content.Headers.TryAddWithoutValidation("Content-Description-Utf8", Word);
        });
        Assert.That(heads[0], Is.EqualTo(heads[1]));
        Assert.That(heads[0], Does.Contain($"X-Utf8: {WordInUtf8}, b\n").And.Contain("X-Latin1: \xe4\n"));
        Assert.That(heads[0], Does.Contain($"Content-Description-Utf8: {WordInUtf8}\n"));
    }

    [Test]
    public async Task Cookies_of_the_container_are_encoded_too()
    {
        string[] heads = await SendWithBothAsync(_ => { });
        Assert.That(heads[0], Is.EqualTo(heads[1]));
        Assert.That(heads[0], Does.Contain($"Cookie: kept={WordInUtf8}"));
    }

    [Test]
    public async Task Responses_and_trailers_are_decoded()
    {
        await using var peer = ScriptedPeer.Answering(
            $"HTTP/1.1 200 OK\r\nX-Utf8: {WordInUtf8}\r\nServer: {WordInUtf8}\r\nX-Plain: \xe4\r\nContent-Type: a/b; c={WordInUtf8}\r\n"
            + $"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Utf8: {WordInUtf8}\r\nX-Plain: \xe4\r\n\r\n");
        HttpRequestMessage? shown = null;
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            ResponseHeaderEncodingSelector = (name, request) =>
            {
                shown = request;
                return name is "X-Plain" ? null : Encoding.UTF8;
            },
        });
        for (int i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
            using HttpResponseMessage response = await CallAsync(() => client.SendAsync(request));
            Assert.That(shown, Is.SameAs(request));
            using (Assert.EnterMultipleScope())
            {
                Assert.That(Get(response.Headers, "X-Utf8"), Is.EqualTo(Word));
                Assert.That(Get(response.Headers, "Server"), Is.EqualTo(Word));
                Assert.That(Get(response.Headers, "X-Plain"), Is.EqualTo("\xe4"));
                Assert.That(Get(response.Content.Headers, "Content-Type"), Is.EqualTo($"a/b; c={Word}"));
                Assert.That(Get(response.TrailingHeaders, "X-Utf8"), Is.EqualTo(Word));
                Assert.That(Get(response.TrailingHeaders, "X-Plain"), Is.EqualTo("\xe4"));
            }
        }
    }

    [TestCase("utf-16", TestName = "an encoding that does not keep ASCII")]
    [TestCase(null, TestName = "no encoding")]
    public async Task What_cannot_be_sent_is_refused_before_a_byte_is_sent(string? encoding)
    {
        await using var peer = ScriptedPeer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            RequestHeaderEncodingSelector = (_, _) => encoding is null ? null : Encoding.GetEncoding(encoding),
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        request.Headers.TryAddWithoutValidation("X-Word", Word);
        HttpRequestException? e = await CallAsync(() =>
            Assert.ThrowsAsync<HttpRequestException>(async () => await client.SendAsync(request)));
        Assert.That(e!.Message, Does.Contain("X-Word is not allowed"));
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        Assert.That(peer.Accepted, Is.EqualTo(1), "and the connection is as good as before");
    }

    [TestCase("request")]
    [TestCase("response")]
    [TestCase("trailer")]
    public async Task A_selector_that_throws_fails_what_it_was_asked_for(string where)
    {
        await using var peer = ScriptedPeer.Answering(
            "HTTP/1.1 200 OK\r\nX-Response: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Trailer: 1\r\n\r\n");
        Encoding? Throw(string name, HttpRequestMessage request) =>
            name.Equals($"X-{where}", StringComparison.OrdinalIgnoreCase) ? throw new InvalidOperationException("not today") : null;
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            RequestHeaderEncodingSelector = Throw,
            ResponseHeaderEncodingSelector = Throw,
        });
        for (int i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
            request.Headers.Add("X-Request", "1");
            await CallAsync(async () =>
            {
                await Assert.ThatAsync(
                    async () =>
                    {
                        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                        Stream body = await response.Content.ReadAsStreamAsync();
                        await body.CopyToAsync(Stream.Null);
                    },
                    Throws.InvalidOperationException.With.Message.EqualTo("not today"));
            });
        }
    }

    private static string Get(HttpHeaders headers, string name) => headers.NonValidated[name].ToString();

    private static Encoding? Select(string name, HttpRequestMessage request) => name switch
    {
        "X-Utf8" or "Content-Description-Utf8" or "Cookie" => Encoding.UTF8,
        "X-Latin1" or "Host" => Encoding.Latin1,
        _ => null,
    };

    /// <summary>What a peer sees of the same request by our handler and by the stock one.</summary>
    private async Task<string[]> SendWithBothAsync(Action<HttpRequestMessage> set)
    {
        var heads = new List<string>();
        foreach (bool stock in new[] { false, true })
        {
            await using var peer = new RecordingPeer(_ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            var cookies = new CookieContainer();
            cookies.Add(peer.Uri, new Cookie("kept", Word));
            using HttpMessageInvoker invoker = stock
                ? new HttpMessageInvoker(new SocketsHttpHandler
                {
                    UseProxy = false,
                    ActivityHeadersPropagator = null,
                    CookieContainer = cookies,
                    RequestHeaderEncodingSelector = Select,
                })
                : new HttpMessageInvoker(new UringHttpHandler(
                    Loop, new UringHttpHandlerOptions { CookieContainer = cookies, RequestHeaderEncodingSelector = Select }));
            using var request = new HttpRequestMessage(HttpMethod.Post, peer.Uri);
            set(request);
            using HttpResponseMessage response = await CallAsync(() => invoker.SendAsync(request, default));
            heads.Add(peer.Requests.Single().Describe(peer.Port));
        }

        return [.. heads];
    }
}
