using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Faults;

/// <summary>From some moment on no packet gets through: the limits of time say so, and what they end leaves its slot.</summary>
[TestFixtureSource(typeof(FaultCases), nameof(FaultCases.All))]
internal sealed class DropTests(UringBackend backend) : FaultFixture(backend)
{
    [TestCase("ReadIdleTimeout")]
    [TestCase("TotalTimeout")]
    public async Task A_body_that_is_cut_off_ends_by_its_limit(string limit)
    {
        HttpClient client = NewClient(slots: 1);
        using HttpRequestMessage request = Limited(HttpMethod.Get, $"slow/{FaultServer.Huge}", limit);
        await AssertTimesOutAsync(limit, async () =>
        {
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Filter.DropAll();
            await (await response.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null);
        });
    }

    [Test]
    public async Task A_content_that_does_not_get_through_ends_by_its_limit()
    {
        HttpClient client = NewClient(slots: 1);
        await client.GetByteArrayAsync(Server.At("1")).Soon();
        Filter.DropAll();
        using HttpRequestMessage request = Limited(HttpMethod.Put, "put/lost", "TotalTimeout");
        request.Content = new ByteArrayContent(new byte[10_000_000]); // more than the sockets' buffers: the sending has to wait
        await AssertTimesOutAsync("TotalTimeout", () => client.SendAsync(request));
        Assert.That(Filter.Met, Is.GreaterThan(0), "packets were lost");
    }

    [Test]
    public async Task A_connect_that_nobody_hears_ends_by_its_limit()
    {
        HttpClient client = NewClient(slots: 1);
        Filter.DropAll();
        for (int i = 0; i < 3; i++)
        {
            using HttpRequestMessage request = Limited(HttpMethod.Get, "1", "ConnectTimeout");
            await AssertTimesOutAsync("ConnectTimeout", () => client.SendAsync(request));
        }

        Assert.That(Filter.Met, Is.GreaterThan(0), "packets were lost");
    }

    [Test]
    public async Task An_idle_connection_that_died_without_a_word_ends_by_its_limit()
    {
        HttpClient client = NewClient(slots: 1);
        await client.GetByteArrayAsync(Server.At("1")).Soon();
        Filter.DropAll();
        using HttpRequestMessage request = Limited(HttpMethod.Get, "1", "ResponseHeadTimeout");
        await AssertTimesOutAsync("ResponseHeadTimeout", () => client.SendAsync(request));
        Assert.That(Loop.Counters.OpenDescriptors, Is.Zero, "nobody can know what will arrive on it");
    }

    /// <summary>A request with one of the limits, which the fault is meant to reach.</summary>
    private HttpRequestMessage Limited(HttpMethod method, string path, string limit)
    {
        var request = new HttpRequestMessage(method, Server.At(path));
        request.Options.Set(new HttpRequestOptionsKey<TimeSpan>($"UringHttp.{limit}"), Short);
        return request;
    }
}
