using System.Text;
using BenchmarkDotNet.Attributes;

namespace UringHttp.Benchmarks;

/// <summary>A body of 64 KiB in chunks of a size: what finding its bytes costs.</summary>
public class ChunkedBenchmarks
{
    private const int BodyLength = 64 * 1024;

    private readonly HeaderList _trailers = new();
    private byte[] _encoded = [];

    [Params(64, 4096, 65536)]
    public int Chunk { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var text = new StringBuilder();
        for (int done = 0; done < BodyLength; done += Chunk)
        {
            text.Append($"{Chunk:X}\r\n").Append('b', Chunk).Append("\r\n");
        }

        _encoded = Encoding.ASCII.GetBytes(text.Append("0\r\n\r\n").ToString());
    }

    [Benchmark]
    public int Decode()
    {
        var decoder = new ChunkedDecoder(null);
        ReadOnlySpan<byte> left = _encoded;
        int body = 0;
        ChunkedStatus status;
        do
        {
            status = decoder.Decode(left, _trailers, out int consumed, out int run);
            left = left[consumed..];
            body += run;
        }
        while (status == ChunkedStatus.Body);
        return status == ChunkedStatus.Complete && body == BodyLength ? body : throw new InvalidOperationException("The body is complete.");
    }
}
