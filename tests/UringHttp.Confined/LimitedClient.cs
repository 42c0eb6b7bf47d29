using System.Net.Sockets;

namespace UringHttp.Confined;

/// <summary>A client in a process that runs out of something: what it then says, and that it goes on when there is some again.</summary>
internal static class LimitedClient
{
    private const int Slots = 2;

    /// <summary>
    /// No descriptor is free. All of it runs on the loop's thread, and this one waits: the runtime needs a descriptor to start a thread,
    /// and without one ends the process.
    /// </summary>
    public static void ReportDescriptors(UringBackend backend, Uri uri)
    {
        DescriptorLimit.Lower();
        Run(backend, async (loop, client) =>
        {
            Console.WriteLine($"before={await GetAsync(client, uri)}"); // so that the runtime has loaded what it needs
            var hoard = DescriptorLimit.Hoard();
            var idle = await GetAsync(client, uri);
            Task<string>[] more = [.. Enumerable.Range(0, 20).Select(_ => GetAsync(client, uri))];
            string[] said = await Task.WhenAll(more);
            long descriptors = loop.Counters.OpenDescriptors;
            hoard.ForEach(socket => socket.Dispose());
            Console.WriteLine($"idle={idle}");
            Console.WriteLine($"without={string.Join(' ', said.Distinct().Order())}");
            Console.WriteLine($"descriptors={descriptors}");
            string[] after = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => GetAsync(client, uri)));
            Console.WriteLine($"after={string.Join(' ', after.Distinct())}");
        });
    }

    /// <summary>Bodies are kept until the heap's limit, which the tests set, is reached; then they are dropped.</summary>
    public static void ReportMemory(UringBackend backend, Uri uri)
    {
        Run(backend, async (loop, client) =>
        {
            var kept = new List<byte[]>();
            string said;
            do
            {
                said = await GetAsync(client, uri, kept);
            }
            while (said == "answered");
            Console.WriteLine($"without={said}");
            bool same = kept.TrueForAll(body => body.AsSpan().SequenceEqual(kept[0]));
            Console.WriteLine($"kept={kept.Count}");
            byte[] first = kept[0];
            kept.Clear();
            string[] after = new string[3];
            for (int i = 0; i < after.Length; i++)
            {
                after[i] = await GetAsync(client, uri, kept);
                same &= kept.TrueForAll(body => body.AsSpan().SequenceEqual(first));
                kept.Clear();
            }

            Console.WriteLine($"after={string.Join(' ', after.Distinct())}");
            Console.WriteLine($"same={same}");
        });
    }

    private static void Run(UringBackend backend, Func<UringLoop, HttpClient, Task> code)
    {
        using var loop = new UringLoop(new UringLoopOptions { Backend = backend });
        var options = new UringHttpHandlerOptions { MaxConnectionsPerServer = Slots };
        using (var client = new HttpClient(new UringHttpHandler(loop, options)))
        {
            loop.RunAsync(() => code(loop, client)).Wait();
        }

        loop.Dispose();
        Console.WriteLine($"left={loop.Counters.OpenDescriptors + loop.Counters.BlocksRented + loop.Counters.OperationsInFlight}");
        Console.WriteLine($"unhandled={loop.Counters.UnhandledExceptions}");
    }

    private static async Task<string> GetAsync(HttpClient client, Uri uri, List<byte[]>? kept = null)
    {
        try
        {
            byte[] body = await client.GetByteArrayAsync(uri);
            kept?.Add(body);
            return "answered";
        }
        catch (HttpRequestException e)
        {
            return $"{e.HttpRequestError}:{Find<SocketException>(e)?.SocketErrorCode}{Find<OutOfMemoryException>(e)?.GetType().Name}";
        }
        catch (OutOfMemoryException e)
        {
            return e.GetType().Name;
        }
    }

    private static T? Find<T>(Exception? e)
        where T : Exception => e as T ?? (e is null ? null : Find<T>(e.InnerException));
}
