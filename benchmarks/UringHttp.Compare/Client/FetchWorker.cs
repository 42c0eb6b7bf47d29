using System.Net;

namespace UringHttp.Compare;

/// <summary>One of the workers of a row: fetches a body, reads it to the end into a buffer of its own, checks it, and again.</summary>
/// <remarks>The same code for every arm. No ConfigureAwait: on a loop it has to stay there, on the pool it makes no difference.</remarks>
internal sealed class FetchWorker(HttpClient http, Uri uri, Workload workload, int index)
{
    private const int BufferLength = 64 * 1024;
    private const int BodiesPerSample = 64;
    private const int BlockBoundary = 2 * 1024 * 1024;

    private readonly BodyPattern _pattern = new(workload.BodyLength);
    private readonly byte[] _buffer = new byte[BufferLength];

    // Workers begin at different places, so that the samples are spread over a round.
    private int _fetched = index;

    public async Task RunAsync(Round round)
    {
        try
        {
            while (round.TryStart(out long startedAt))
            {
                long compared = await FetchAsync();
                round.Finish(startedAt, workload.BodyLength, compared);
            }
        }
        catch (Exception e) // whatever it is, the round counts it, and a run with an error is no run
        {
            round.Fail(e);
        }
    }

    /// <returns>How many bytes of the body were compared.</returns>
    private async Task<long> FetchAsync()
    {
        bool compareAll = workload.Check == BodyCheck.SampledBodies && _fetched++ % BodiesPerSample == 0;
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new InvalidDataException($"The status is {(int)response.StatusCode}, not 200.");
        }

        using Stream body = await response.Content.ReadAsStreamAsync();
        long offset = 0;
        long compared = 0;
        int count;
        while ((count = await body.ReadAsync(_buffer)) != 0)
        {
            if (compareAll || (workload.Check == BodyCheck.SampledBlocks && IsSampled(offset, count)))
            {
                Compare(count, offset);
                compared += count;
            }

            offset += count;
        }

        return offset == _pattern.Length
            ? compared
            : throw new InvalidDataException($"The body has {offset:N0} bytes instead of {_pattern.Length:N0}.");
    }

    /// <summary>True for the first read of a body, the last, and each that crosses a boundary.</summary>
    private bool IsSampled(long offset, int count) =>
        offset == 0 || offset + count >= _pattern.Length || offset / BlockBoundary != (offset + count) / BlockBoundary;

    private void Compare(int count, long offset)
    {
        if (!_pattern.Matches(_buffer.AsSpan(0, count), offset))
        {
            throw new InvalidDataException($"The body is not what it must be, somewhere in bytes {offset:N0} to {offset + count:N0}.");
        }
    }
}
