using System.Net;
using NUnit.Framework;

namespace UringHttp.Tests.Client.RandomExchanges;

/// <summary>The caller's part in exchanges: sends them by one handler, ends them as planned, checks what comes.</summary>
internal sealed class ExchangeRun(
    RandomWorld world, StageTable table, HttpClient client, HttpClient filtered, UringHttpClient prepared, Func<bool> isDisposed)
{
    /// <summary>Where a request keeps its exchange.</summary>
    internal static HttpRequestOptionsKey<RandomExchange> Key { get; } = new("RandomExchange");

    /// <summary>Runs one to its end, and counts it.</summary>
    internal async Task RunAsync(RandomExchange exchange)
    {
        world.Add(exchange);
        try
        {
            if (exchange.Way == Way.Prepared)
            {
                await SendPreparedAsync(exchange);
            }
            else
            {
                await SendAsync(exchange);
            }
        }
        catch (Exception e) when (isDisposed() && e is ObjectDisposedException)
        {
            table.Count(exchange.Stage, Ending.Disposal);
        }
        catch (Exception e) when (!exchange.IsClean && e is OperationCanceledException or HttpRequestException or IOException)
        {
            table.Count(exchange.Stage, IsTimeout(e) ? Ending.Timeout : e is OperationCanceledException ? Ending.Token : Ending.Fault);
        }
        finally
        {
            world.Remove(exchange);
        }
    }

    private async Task SendAsync(RandomExchange exchange)
    {
        using var cancel = new CancellationTokenSource();
        using HttpRequestMessage request = NewRequest(exchange);
        if (exchange is { Target: null, Ending: Ending.Token })
        {
            cancel.CancelAfter(exchange.EndsAfter);
        }

        HttpClient sender = exchange.Way == Way.Filtered ? filtered : client;
        Task<HttpResponseMessage> sending = sender.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel.Token);
        if (exchange is { Target: < Stage.Body, Ending: Ending.Token })
        {
            await Task.WhenAny(exchange.Reached, sending);
            await Task.WhenAny(exchange.HeldUntil, sending);
            cancel.CancelAfter(exchange.EndsAfter);
        }

        using HttpResponseMessage response = await sending;
        Assert.That(exchange.Target, Is.Null.Or.GreaterThanOrEqualTo(Stage.Body), "answered, though the peer said nothing");
        Assert.That(response.Headers.GetValues("X-Id").Single(), Is.EqualTo($"{exchange.Id}"), "the answer of another request");
        exchange.Reach(exchange.Target == Stage.Drain ? Stage.Drain : Stage.Body);
        if (exchange.Target == Stage.Drain)
        {
            table.Count(Stage.Drain, Ending.Disposal);
            return;
        }

        await ReadAsync(exchange, response, cancel);
    }

    private async Task ReadAsync(RandomExchange exchange, HttpResponseMessage response, CancellationTokenSource cancel)
    {
        bool disposes = exchange.Ending == Ending.Disposal;
        if (disposes && exchange.Target is null && exchange.Dice % 2 == 0)
        {
            table.Count(Stage.Body, Ending.Disposal);
            return; // nobody has read any of it
        }

        if (exchange is { Target: Stage.Body, Ending: Ending.Token })
        {
            cancel.CancelAfter(exchange.EndsAfter);
        }

        Stream body = await response.Content.ReadAsStreamAsync(cancel.Token);
        byte[] buffer = new byte[exchange.Dice % 3 == 0 ? 50 : 20_000];
        int received = 0;
        while (true)
        {
            ValueTask<int> reading = body.ReadAsync(buffer, cancel.Token);
            if (disposes && (received > 0 || exchange.Length == 0))
            {
                response.Dispose(); // in the middle of the read
                table.Count(Stage.Body, Ending.Disposal);
                await reading.AsTask().ContinueWith(_ => { }, TaskScheduler.Default);
                return;
            }

            int count = await reading;
            if (count == 0)
            {
                break;
            }

            Assert.That(buffer.AsSpan(0, count).ContainsAnyExcept(exchange.Fill), Is.False, "an answer that is not this request's");
            received += count;
        }

        Assert.That(received, Is.EqualTo(exchange.Length));
        table.CountAnswer();
    }

    /// <summary>On the loop's thread.</summary>
    private async Task SendPreparedAsync(RandomExchange exchange)
    {
        using var cancel = new CancellationTokenSource();
        if (exchange.Ending is Ending.Token or Ending.Timeout)
        {
            cancel.CancelAfter(exchange.EndsAfter);
        }

        using UringHttpResponse response = await prepared.SendAsync(new UringHttpRequest(world.UriOf(exchange)), cancel.Token);
        exchange.Reach(Stage.Body);
        if (exchange.Ending == Ending.Disposal)
        {
            table.Count(Stage.Body, Ending.Disposal);
            return;
        }

        byte[] body = await response.ReadAsByteArrayAsync(cancel.Token);
        Assert.That(body, Has.Length.EqualTo(exchange.Length));
        Assert.That(body.AsSpan().ContainsAnyExcept(exchange.Fill), Is.False, "an answer that is not this request's");
        table.CountAnswer();
    }

    private HttpRequestMessage NewRequest(RandomExchange exchange)
    {
        var request = new HttpRequestMessage(exchange.ContentLength < 0 ? HttpMethod.Get : HttpMethod.Post, world.UriOf(exchange));
        request.Options.Set(Key, exchange);
        if (exchange.ContentLength >= 0)
        {
            bool isSlow = exchange.Target == Stage.SendBody || exchange.ContentFails || exchange.Dice % 3 == 0;
            byte[] bytes = new byte[exchange.ContentLength];
            Array.Fill(bytes, RandomContent.Fill);
            request.Content = isSlow ? new RandomContent(exchange)
                : exchange.Dice % 3 == 1 ? new ByteArrayContent(bytes)
                : new StreamContent(new MemoryStream(bytes));
            request.Headers.TransferEncodingChunked = exchange.IsContentChunked ? true : null;
        }

        IWebProxy? proxy = exchange.Way switch
        {
            Way.Forwarded => world.ForwardProxy,
            Way.Tunnel => world.TunnelProxy,
            Way.Socks => world.SocksProxy,
            _ => null,
        };
        if (proxy is not null)
        {
            request.Options.Set(UringHttpRequestOptions.Proxy, proxy);
        }

        if (exchange.Ending == Ending.Timeout)
        {
            request.Options.Set(LimitOf(exchange), exchange.EndsAfter + TimeSpan.FromMicroseconds(1));
        }

        return request;
    }

    /// <summary>A limit of time that covers the stage at which the exchange stops, or any.</summary>
    private static HttpRequestOptionsKey<TimeSpan> LimitOf(RandomExchange exchange) => (exchange.Target, exchange.Dice % 4) switch
    {
        (_, 0) or (Stage.SendHead or Stage.SendBody, _) => UringHttpRequestOptions.TotalTimeout,
        (Stage.Names or Stage.Connect or Stage.Proxy or Stage.Tls, _) or (null, 1) => UringHttpRequestOptions.ConnectTimeout,
        (Stage.Wait or Stage.Head, _) or (null, 2) => UringHttpRequestOptions.ResponseHeadTimeout,
        _ => UringHttpRequestOptions.ReadIdleTimeout,
    };

    private static bool IsTimeout(Exception? e) => e is TimeoutException || (e is not null && IsTimeout(e.InnerException));
}
