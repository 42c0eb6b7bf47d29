using System.Text;
using BenchmarkDotNet.Attributes;

namespace UringHttp.Benchmarks;

/// <summary>One exchange on the loop, over a kernel in memory: what the client itself takes of a request, without a system call.</summary>
#pragma warning disable CA1001 // CleanUp disposes them; the class is BenchmarkDotNet's to derive from
public class ExchangeBenchmarks
#pragma warning restore CA1001
{
    private const int Exchanges = 1000;
    private const string Url = "http://127.0.0.1:8080/file";

    private readonly byte[] _buffer = new byte[64 * 1024];
    private UringLoop? _loop;
    private HttpMessageInvoker? _http;

    [Params(200, 10 * 1024)]
    public int Body { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        byte[] answer = Encoding.ASCII.GetBytes(
            "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\n" +
            $"Content-Type: application/octet-stream\r\nContent-Length: {Body}\r\nLast-Modified: Sat, 21 Nov 2026 11:00:00 GMT\r\n" +
            $"Connection: keep-alive\r\nETag: \"6740a1b2-c8\"\r\nAccept-Ranges: bytes\r\n\r\n{new string('b', Body)}");
        _loop = new UringLoop(null, _ => new MemoryRing(answer));
        _http = new HttpMessageInvoker(new UringHttpHandler(_loop));
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _http?.Dispose();
        _loop?.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Exchanges)]
    public Task Exchange() => _loop!.RunAsync(async () =>
    {
        for (int i = 0; i < Exchanges; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Url);
            using HttpResponseMessage response = await _http!.SendAsync(request, CancellationToken.None);
            using Stream stream = await response.Content.ReadAsStreamAsync();
            int count, length = 0;
            while ((count = await stream.ReadAsync(_buffer)) > 0)
            {
                length += count;
            }

            if (length != Body)
            {
                throw new InvalidOperationException($"The body has {length} bytes.");
            }
        }
    });
}
