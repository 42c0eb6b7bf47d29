using System.Diagnostics;
using System.Runtime;

namespace UringHttp.Compare;

/// <summary>
/// Gets a client process warm for a row. A number of seconds or requests does not do it: on one core, under load, .NET takes six seconds to
/// compile a client well, and until then a request costs up to four times as much. So the load comes in bursts, with pauses that belong to
/// the compiler, until it has nothing more to do; then full load shows whether that is so.
/// </summary>
internal sealed class WarmUp(RoundRunner runner, Workload workload, bool isFirstRow)
{
    private const int SilentBursts = 4;
    private const double SilentPart = 0.02;

    // Methods that run once in a while are compiled now and then for minutes; they do not count.
    private static readonly TimeSpan s_little = TimeSpan.FromMilliseconds(2);

    private static readonly RoundLimit s_burst = RoundLimit.OfSeconds(0.05);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(5);

    // Longer than .NET waits, after the last new method, before it looks for methods worth compiling well; see ChildEnvironment.
    private static readonly TimeSpan s_silence = TimeSpan.FromMilliseconds(25);

    // The first row compiles nearly all that the others need, but for TLS.
    private static readonly TimeSpan s_mostInNewRow = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_mostInRow = TimeSpan.FromSeconds(1);

    private readonly long _startedAt = Stopwatch.GetTimestamp();

    private bool IsTooLong => Stopwatch.GetElapsedTime(_startedAt) > (isFirstRow || workload.IsHttps ? s_mostInNewRow : s_mostInRow);

    /// <returns>The last round under full load, or one that failed.</returns>
    public async Task<RoundResult> RunAsync()
    {
        RoundResult result;
        do
        {
            if (workload.WarmsUpInBursts)
            {
                await RunBurstsAsync();
            }

            result = await runner.RunAsync(workload.WarmUp);
        }
        while (result.Errors == 0 && result.CompilationSeconds > SilentPart * result.WallSeconds && !IsTooLong);
        return result;
    }

    private async Task RunBurstsAsync()
    {
        int silent = 0;
        while (silent < SilentBursts && !IsTooLong)
        {
            TimeSpan before = JitInfo.GetCompilationTime();
            await runner.RunAsync(s_burst);
            await AwaitSilenceAsync();
            silent = JitInfo.GetCompilationTime() - before < s_little ? silent + 1 : 0;
        }
    }

    private async Task AwaitSilenceAsync()
    {
        long silentSince = Stopwatch.GetTimestamp();
        for (TimeSpan seen = JitInfo.GetCompilationTime(); Stopwatch.GetElapsedTime(silentSince) < s_silence && !IsTooLong;)
        {
            await Task.Delay(s_poll);
            TimeSpan now = JitInfo.GetCompilationTime();
            if (now != seen)
            {
                seen = now;
                silentSince = Stopwatch.GetTimestamp();
            }
        }
    }
}
