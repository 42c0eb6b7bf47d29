using System.Diagnostics;

namespace UringHttp.Soak;

/// <summary>When the load has stopped and all is disposed, nothing is left. Says what is.</summary>
internal static class EndRule
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Stops the load's handlers, then looks at the loops; and then ends the loops, and looks at the process.</summary>
    public static async Task<IReadOnlyList<string>> CheckAsync(IReadOnlyList<Stand> stands, int descriptorsBefore)
    {
        var left = new List<string>();
        foreach (Stand stand in stands)
        {
            try
            {
                await stand.StopAsync().WaitAsync(s_patience);
            }
            catch (TimeoutException)
            {
                left.Add($"{stand.Name}: the handler still has connections or slots {s_patience.TotalSeconds:0} s after the last request.");
            }

            await AwaitNoneAsync(left, $"{stand.Name}: blocks that are lent", () => stand.Loop.Counters.BlocksRented);
            await AwaitNoneAsync(left, $"{stand.Name}: operations in flight", () => stand.Loop.Counters.OperationsInFlight);
            await AwaitNoneAsync(left, $"{stand.Name}: sockets", () => stand.Loop.Counters.OpenDescriptors);
            await AwaitNoneAsync(left, $"{stand.Name}: timers", () => stand.Timers);
            stand.Dispose();
        }

        await AwaitNoneAsync(left, "descriptors of loops", () => ProcessState.DescriptorsOfLoops - descriptorsBefore);
        await AwaitNoneAsync(left, "threads of loops", () => ProcessState.CountThreads(Stand.ThreadName));
        return left;
    }

    private static async Task AwaitNoneAsync(List<string> left, string what, Func<long> count)
    {
        long start = Stopwatch.GetTimestamp();
        while (count() > 0)
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                left.Add($"{what}: {count()} are left {s_patience.TotalSeconds:0} s after the end.");
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }
}
