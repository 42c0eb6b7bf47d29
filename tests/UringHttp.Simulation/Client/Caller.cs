namespace UringHttp.Simulation;

/// <summary>Sends requests from the loop, reads the answers as planned, and writes down what it is told. Never fails.</summary>
/// <param name="world">Of the run.</param>
/// <param name="inContext">
/// Whether it awaits as most code does, and comes back by the loop's context. Where the loop may end under it, that would bring it to the
/// thread pool in the end, which is not simulated.
/// </param>
/// <param name="sleeper">For its pauses.</param>
/// <param name="handler">Sends most requests.</param>
/// <param name="client">Sends prepared requests.</param>
internal sealed class Caller(World world, bool inContext, Sleeper sleeper, HttpMessageInvoker handler, UringHttpClient client)
{
    /// <summary>Reads of one body that a pause follows: a long one that is read a byte at a time would fill the run.</summary>
    private const int MostPauses = 100;

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly SeededRandom _random = new(SeededRandom.Mix(world.Seed, 4));
    private readonly List<(RequestRecord Record, CancellationTokenSource Cancel)> _cancellable = [];

    /// <summary>Some answer is about to be there: a good moment to give up, on that one or on another.</summary>
    public void OnAnswering()
    {
        if (_cancellable.Count > 0 && _random.Chance(200))
        {
            (RequestRecord record, CancellationTokenSource cancel) = _cancellable[_random.Below(_cancellable.Count)];
            sleeper.At(0, () => Cancel(record, cancel));
        }
    }

    public async Task RunAsync(IEnumerable<RequestRecord> requests)
    {
        foreach (RequestRecord request in requests)
        {
            await sleeper.Sleep(request.Plan.PauseBefore).ConfigureAwait(inContext);
            await RunAsync(request).ConfigureAwait(inContext);
        }
    }

    private async Task RunAsync(RequestRecord record)
    {
        RequestPlan plan = record.Plan;
        using var cancel = new CancellationTokenSource();
        record.BeganAt = world.Now;
        world.Note($"request {plan.Id} begins: {plan.Method} to port {plan.Port}");
        if (plan.CancelAfter >= 0)
        {
            _cancellable.Add((record, cancel));
            sleeper.At(plan.CancelAfter, () => Cancel(record, cancel));
        }

        try
        {
            if (plan.IsPrepared)
            {
                await SendPreparedAsync(record, cancel.Token).ConfigureAwait(inContext);
            }
            else
            {
                await SendAsync(record, cancel.Token).ConfigureAwait(inContext);
            }

            End(record, Ending.Answered, null);
        }
        catch (Exception e)
        {
            End(record, Endings.Of(e), e);
        }
    }

    private void Cancel(RequestRecord record, CancellationTokenSource cancel)
    {
        if (record.Ends == 0)
        {
            record.WasCancelled = true;
            world.Note($"request {record.Plan.Id} is cancelled");
            cancel.Cancel();
        }
    }

    private void End(RequestRecord record, Ending ending, Exception? failure)
    {
        world.Note($"request {record.Plan.Id} ends: {ending} {failure?.GetType().Name} {failure?.Message}");
        record.Ends++;
        record.EndedIn = world.Enter;
        _cancellable.RemoveAll(entry => entry.Record == record);
        record.Ending = ending;
        record.Failure = failure;
        record.EndedAt = world.Now;
        if (Environment.CurrentManagedThreadId != _thread)
        {
            world.Fail($"the caller of request {record.Plan.Id} went on off the loop");
        }
    }

    private async Task SendAsync(RequestRecord record, CancellationToken token)
    {
        RequestPlan plan = record.Plan;
        using HttpRequestMessage request = MessageOf(plan, plan.ContentLength >= 0 ? new PatternContent(plan, sleeper) : null);
        request.Headers.TransferEncodingChunked = plan.IsChunked ? true : null;
        request.Headers.ExpectContinue = plan.ExpectsContinue ? true : null;
        using HttpResponseMessage response = await handler.SendAsync(request, token).ConfigureAwait(inContext);
        record.Status = (int)response.StatusCode;
        record.Name = response.Headers.TryGetValues("X-Name", out IEnumerable<string>? names) ? string.Join(", ", names) : null;
        Stream body = await response.Content.ReadAsStreamAsync(token).ConfigureAwait(inContext);
        byte[] buffer = new byte[plan.ReadSize];
        await ReadAsync(record, async () =>
        {
            int count = await body.ReadAsync(buffer, token).ConfigureAwait(inContext);
            return buffer.AsMemory(0, count);
        }).ConfigureAwait(inContext);
    }

    private async Task SendPreparedAsync(RequestRecord record, CancellationToken token)
    {
        RequestPlan plan = record.Plan;
        using HttpRequestMessage message = MessageOf(plan, plan.ContentLength >= 0 ? new ReadOnlyMemoryContent(plan.Content) : null);
        using UringHttpResponse response = await client.SendAsync(new UringHttpRequest(message), token).ConfigureAwait(inContext);
        record.Status = (int)response.StatusCode;
        record.Name = NameOf(response);
        byte[] buffer = new byte[plan.ReadSize];
        bool loans = plan.Id % 2 == 0;
        UringHttpResponse handle = response;
        await ReadAsync(record, async () =>
        {
            if (loans)
            {
                return await handle.ReadAsync(token).ConfigureAwait(inContext);
            }

            int count = await handle.ReadAsync(buffer.AsMemory(), token).ConfigureAwait(inContext);
            return buffer.AsMemory(0, count);
        }).ConfigureAwait(inContext);
    }

    private static string? NameOf(in UringHttpResponse response) =>
        response.Headers.TryGet("X-Name"u8, out ReadOnlySpan<byte> name) ? System.Text.Encoding.ASCII.GetString(name) : null;

    private static HttpRequestMessage MessageOf(RequestPlan plan, HttpContent? content)
    {
        var request = new HttpRequestMessage(new HttpMethod(plan.Method), plan.Uri) { Content = content };
        request.Headers.ConnectionClose = plan.AnnouncesClose ? true : null;
        return request;
    }

    private async Task ReadAsync(RequestRecord record, Func<Task<ReadOnlyMemory<byte>>> read)
    {
        int left = record.Plan.DropAfter < 0 ? int.MaxValue : record.Plan.DropAfter;
        for (int reads = 0; left > 0; reads++)
        {
            ReadOnlyMemory<byte> bytes = await read().ConfigureAwait(inContext);
            if (bytes.IsEmpty)
            {
                record.IsReadToEnd = true;
                return;
            }

            world.OnMove();
            if (reads < MostPauses)
            {
                // Looked at after the pause too: a loan is valid until the next read.
                record.Slept += record.Plan.ReadPause;
                await sleeper.Sleep(record.Plan.ReadPause).ConfigureAwait(inContext);
            }

            record.Body.AddRange(bytes.Span);
            left -= bytes.Length;
        }
    }
}
