using System.Text.RegularExpressions;
using NUnit.Framework;
using UringHttp.Tests.Support;
using UringHttp.Tests.Tidy;

namespace UringHttp.Tests.Client;

/// <summary>The samples of <see cref="UringHttpClient"/> in the README are this code, which runs.</summary>
[TestFixture]
internal sealed class ClientReadmeTests
{
    [Test]
    public async Task The_samples_run()
    {
        await using var peer = ScriptedPeer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        Assert.That(await ReadOneAsync(peer.Uri).Soon(), Is.EqualTo(5));
        Assert.That(await ReadManyAsync([.. Enumerable.Repeat(peer.Uri, 100)]).Soon(), Is.EqualTo(500));
        Assert.That(await ReadPipelinedAsync([.. Enumerable.Repeat(peer.Uri, 100)]).Soon(), Is.EqualTo(500));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void The_readme_shows_what_runs(int index)
    {
        string shown = Regex
            .Matches(Repository.Read("src/UringHttp/README.md"), "```csharp\n(.*?)```", RegexOptions.Singleline)[index].Groups[1].Value;
        string code = Repository.Read("tests/UringHttp.Tests/Client/ClientReadmeTests.cs");
        string run = Regex.Matches(code, @" // sample\n(.*?)        // end of sample", RegexOptions.Singleline)[index - 1].Groups[1].Value;
        Assert.That(shown, Is.EqualTo(Regex.Replace(run, "^        ", string.Empty, RegexOptions.Multiline)));
    }

    private static async Task<long> ReadOneAsync(Uri address)
    {
        // sample
        using var loop = new UringLoop();
        using var client = new UringHttpClient(loop);
        var request = new UringHttpRequest(address); // its head is checked and serialized once
        long length = await loop.RunAsync(async () =>
        {
            long received = 0;
            using UringHttpResponse response = await client.SendAsync(request);
            ReadOnlyMemory<byte> piece; // where the kernel has put it: valid until the next read
            while (!(piece = await response.ReadAsync()).IsEmpty)
            {
                received += piece.Length;
            }

            return received;
        });
        // end of sample
        return length;
    }

    private static async Task<long> ReadManyAsync(Uri[] addresses)
    {
        long total = 0;
        // sample
        using var loop = new UringLoop();
        using var client = new UringHttpClient(loop);
        await foreach (UringFetchResult result in client.GetManyAsync(addresses, new UringFetchOptions { MaxInFlight = 32 }))
        {
            total += result.Failure is null ? result.Body.Length : throw result.Failure;
        }
        // end of sample
        return total;
    }
    private static async Task<long> ReadPipelinedAsync(Uri[] addresses)
    {
        long total = 0;
        // sample
        using var loop = new UringLoop();
        var options = new UringHttpHandlerOptions { MaxConnectionsPerServer = 4 };
        using var client = new UringHttpClient(loop, options) { MaxPipelineDepth = 16 };
        await foreach (UringFetchResult result in client.GetManyAsync(addresses, new UringFetchOptions { MaxInFlight = 64 }))
        {
            total += result.Failure is null ? result.Body.Length : throw result.Failure;
        }
        // end of sample
        return total;
    }
}
