using System.Text;
using BenchmarkDotNet.Attributes;

namespace UringHttp.Benchmarks;

/// <summary>Heads: the shortest real one, nginx's for a file, and one of the size that browsers get.</summary>
public class HeadBenchmarks
{
    private readonly ResponseHeadParser _parser = new();
    private readonly byte[] _written = new byte[4096];
    private byte[] _head = [];

    [Params("shortest", "nginx", "large")]
    public string Head { get; set; } = string.Empty;

    [GlobalSetup]
    public void SetUp()
    {
        _head = Encoding.ASCII.GetBytes(Head switch
        {
            "shortest" => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "nginx" => "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\n" +
                "Content-Type: application/octet-stream\r\nContent-Length: 200\r\nLast-Modified: Sat, 21 Nov 2026 11:00:00 GMT\r\n" +
                "Connection: keep-alive\r\nETag: \"6740a1b2-c8\"\r\nAccept-Ranges: bytes\r\n\r\n",
            _ => "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"X-Field-{i}: {new string('v', 60)}\r\n")) +
                "Content-Length: 200\r\n\r\n",
        });
        Parse();
    }

    [Benchmark]
    public int Parse() => _parser.Parse(_head, out int consumed) == ParseStatus.Complete
        ? consumed
        : throw new InvalidOperationException("The head is complete.");

    [Benchmark]
    public bool Find() => _parser.View(_head).TryGet(KnownHeader.ContentLength, out _);

    [Benchmark]
    public bool FindUnknown() => _parser.View(_head).TryGet("X-Not-There"u8, out _);

    [Benchmark]
    public int WriteRequest()
    {
        var writer = new HeadWriter(_written);
        writer.RequestLine("GET", "/a/path?with=query", ProtocolVersion.Http11);
        writer.Field("Host"u8, "127.0.0.1:8080"u8);
        writer.Field("Accept", "application/json");
        writer.End();
        return writer.Written;
    }
}
