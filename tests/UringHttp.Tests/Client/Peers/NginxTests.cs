using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Peers;

/// <summary>Against a real server: what arrives is byte for byte what it has.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class NginxTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private static readonly Dictionary<string, byte[]> Files = [];

    private static Nginx? s_nginx;

    private static Uri Server => s_nginx!.Uri;

    [OneTimeSetUp]
    public static void StartNginx()
    {
        s_nginx = Nginx.Start("""
            location /gzip/ { alias files/; gzip on; gzip_min_length 1; gzip_types *; }
            location /trailers/ { alias files/; add_trailer X-Sum $uri; add_trailer Content-Length 1; }
            location /close/ { alias files/; keepalive_timeout 0; }
            location /small/ { client_max_body_size 1m; proxy_pass http://127.0.0.1:9; }
            """);
        foreach (int length in new[] { 0, 1, 200, 10 * 1024, 1024 * 1024, 28 * 1000 * 1000 })
        {
            Files[$"{length}"] = s_nginx.AddFile($"{length}", length);
        }
    }

    [OneTimeTearDown]
    public static void StopNginx() => s_nginx?.Dispose();

    [Test]
    public async Task A_file_of_any_size_arrives_as_it_is([Values("0", "1", "200", "10240", "1048576", "28000000")] string file)
    {
        HttpClient client = NewClient();
        for (int i = 0; i < 2; i++)
        {
            AssertSame(await CallAsync(() => client.GetByteArrayAsync(new Uri(Server, file))), Files[file]);
        }
    }

    [Test]
    public async Task Many_files_at_once_arrive_as_they_are()
    {
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 16 });
        string[] names = ["1", "200", "10240", "1048576"];
        (string Name, byte[] Body)[] got = await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
            (names[i % 4], await client.GetByteArrayAsync(new Uri(Server, names[i % 4]))))));
        foreach ((string name, byte[] body) in got)
        {
            AssertSame(body, Files[name]);
        }
    }

    [Test]
    public async Task A_body_that_nginx_makes_up_as_it_goes_arrives_chunked_and_whole([Values("200", "1048576")] string file)
    {
        HttpClient client = NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Server, $"gzip/{file}"));
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        using HttpResponseMessage response = await CallAsync(() => client.SendAsync(request));
        Assert.That(response.Headers.TransferEncodingChunked, Is.True);
        using var plain = new MemoryStream();
        using (var gzip = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress))
        {
            await gzip.CopyToAsync(plain);
        }

        AssertSame(plain.ToArray(), Files[file]);
    }

    [Test]
    public async Task Trailers_come_behind_the_body([Values("0", "200", "1048576")] string file)
    {
        HttpClient client = NewClient();
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage response = await CallAsync(() => client.GetAsync(new Uri(Server, $"trailers/{file}")));
            AssertSame(await response.Content.ReadAsByteArrayAsync(), Files[file]);
            IEnumerable<string> trailers = response.TrailingHeaders.Select(field => $"{field.Key}: {field.Value.Single()}");
            Assert.That(trailers, Is.EqualTo([$"X-Sum: /trailers/{file}"]));
        }

        Assert.That(Loop.Counters.OpenDescriptors, Is.EqualTo(1));
    }

    [Test]
    public async Task A_server_that_closes_after_each_answer_is_asked_anew()
    {
        HttpClient client = NewClient();
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage response = await CallAsync(() => client.GetAsync(new Uri(Server, "close/10240")));
            Assert.That(response.Headers.ConnectionClose, Is.True);
            AssertSame(await response.Content.ReadAsByteArrayAsync(), Files["10240"]);
        }

        await UntilAsync(now => now.OpenDescriptors == 0);
    }

    [Test]
    public async Task Status_lines_and_conditions_are_understood()
    {
        HttpClient client = NewClient();
        using HttpResponseMessage missing = await CallAsync(() => client.GetAsync(new Uri(Server, "none")));
        Assert.That(missing.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await missing.Content.ReadAsStringAsync(), Does.Contain("404"));

        using var asked = new HttpRequestMessage(HttpMethod.Head, new Uri(Server, "10240"));
        using HttpResponseMessage head = await CallAsync(() => client.SendAsync(asked));
        Assert.That(head.Content.Headers.ContentLength, Is.EqualTo(10240));
        Assert.That(await head.Content.ReadAsByteArrayAsync(), Is.Empty);

        using var conditional = new HttpRequestMessage(HttpMethod.Get, new Uri(Server, "10240"));
        conditional.Headers.IfNoneMatch.Add(head.Headers.ETag!);
        using HttpResponseMessage unchanged = await CallAsync(() => client.SendAsync(conditional));
        Assert.That(unchanged.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));

        using var partial = new HttpRequestMessage(HttpMethod.Get, new Uri(Server, "10240"));
        partial.Headers.Range = new RangeHeaderValue(100, 199);
        using HttpResponseMessage part = await CallAsync(() => client.SendAsync(partial));
        Assert.That(part.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
        AssertSame(await part.Content.ReadAsByteArrayAsync(), Files["10240"].AsSpan(100, 100));
        await UntilAsync(now => now.OpenDescriptors == 1);
    }

    [Test]
    public async Task A_content_that_nginx_refuses_for_its_size_gets_413_and_not_a_broken_pipe([Values] bool chunked)
    {
        HttpClient client = NewClient();
        for (int i = 0; i < 5; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Server, "small/"))
            {
                Content = new ByteArrayContent(new byte[10_000_000]),
            };
            request.Headers.TransferEncodingChunked = chunked ? true : null;
            using HttpResponseMessage response = await CallAsync(() => client.SendAsync(request));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
            Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("413"));
        }
    }
}
