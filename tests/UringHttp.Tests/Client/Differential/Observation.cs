using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Differential;

/// <summary>All that can be seen of an exchange, in words: what the peer received, and what the caller got.</summary>
internal static partial class Observation
{
    private const string Probe = "/is-it-still-open";

    /// <summary>Has an exchange with a handler.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="newHandler">Makes the handler.</param>
    /// <param name="call">Runs the caller's code where it is to run.</param>
    internal static async Task<string> OfAsync(
        Exchange exchange, Func<Scenario.Settings, HttpMessageHandler> newHandler, Func<Func<Task<string>>, Task<string>> call)
    {
        string? firstTarget = null;
        await using var peer = new RecordingPeer(
            request => request.Target == Probe ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                : request.Target == (firstTarget ??= request.Target) ? exchange.Answer
                : exchange.Elsewhere,
            _ => !exchange.StaysOpen,
            exchange.BeforeContent);
        var settings = new Scenario.Settings { Server = peer.Uri };
        exchange.Set(settings);
        using var invoker = new HttpMessageInvoker(newHandler(settings));
        string seen = await call(() => SendAsync(invoker, exchange.Request(peer.Uri)));
        if (exchange.BreaksOff)
        {
            return seen;
        }

        if (exchange.StaysOpen && peer.Requests.Count > 0)
        {
            int last = peer.Requests[^1].Connection;
            await call(() => SendAsync(invoker, new HttpRequestMessage(HttpMethod.Get, new Uri(peer.Uri, Probe))));
            seen += peer.Requests[^1].Connection == last ? "the connection is used again\n" : "the connection is not used again\n";
        }

        string sent = string.Concat(peer.Requests.Where(request => request.Target != Probe).Select(request =>
            $"> {request.Head}{request.Body}\n"));
        string described = RandomParameters().Replace($"{seen}{sent}", "$1=...");
        return described.Replace($":{peer.Port}", ":PORT", StringComparison.Ordinal);
    }

    private static async Task<string> SendAsync(HttpMessageInvoker invoker, HttpRequestMessage request)
    {
        var seen = new StringBuilder();
        try
        {
            using HttpResponseMessage response = await invoker.SendAsync(request, CancellationToken.None);
            seen.Append($"{(int)response.StatusCode} [{response.ReasonPhrase}] HTTP/{response.Version}\n");
            Append(seen, "field", response.Headers);
            Append(seen, "content field", response.Content.Headers);
            seen.Append($"length {response.Content.Headers.ContentLength}\n");
            await AppendBodyAsync(seen, response);
            Append(seen, "trailer", response.TrailingHeaders);
        }
        catch (Exception e)
        {
            AppendError(seen, e);
        }

        return seen.ToString();
    }

    private static void Append(StringBuilder seen, string kind, HttpHeaders fields)
    {
        foreach ((string name, IEnumerable<string> values) in fields)
        {
            seen.Append($"{kind} {name}: {string.Join(" | ", values.Select(Exchange.Visible))}\n");
        }
    }

    /// <summary>How much of a body comes before its fault depends on the cut of its segments, and so is not compared.</summary>
    private static async Task AppendBodyAsync(StringBuilder seen, HttpResponseMessage response)
    {
        using var body = new MemoryStream();
        try
        {
            await (await response.Content.ReadAsStreamAsync()).CopyToAsync(body);
            seen.Append($"body [{Exchange.Visible(Encoding.Latin1.GetString(body.ToArray()))}]\n");
        }
        catch (Exception e)
        {
            seen.Append("body ");
            AppendError(seen, e);
        }
    }

    private static void AppendError(StringBuilder seen, Exception e)
    {
        HttpRequestError? error = (e as HttpRequestException)?.HttpRequestError ?? (e as HttpIOException)?.HttpRequestError;
        HttpStatusCode? status = (e as HttpRequestException)?.StatusCode;
        seen.Append($"{e.GetType().Name} {error} {status}".TrimEnd()).Append('\n');
    }

    /// <summary>What clients choose at random, and what is computed from it.</summary>
    [GeneratedRegex("(cnonce|response|boundary)=\"[^\"]*\"")]
    private static partial Regex RandomParameters();
}
