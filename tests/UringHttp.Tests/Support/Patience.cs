using System.Diagnostics;
using System.Runtime.CompilerServices;
using NUnit.Framework;

namespace UringHttp.Tests.Support;

/// <summary>How tests wait: for an event or a condition, with a limit that only what never happens reaches.</summary>
internal static class Patience
{
    /// <summary>Longer than anything takes on a busy machine.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(30);

    /// <summary>The task, which must end within the limit.</summary>
    public static async Task Soon(this Task task, [CallerArgumentExpression(nameof(task))] string? what = null)
    {
        using var ended = new CancellationTokenSource();
        if (await Task.WhenAny(task, Task.Delay(Limit, ended.Token)).ConfigureAwait(false) != task)
        {
            throw new AssertionException($"It has not ended after {Limit}: {what}");
        }

        await ended.CancelAsync().ConfigureAwait(false);
        await task.ConfigureAwait(false);
    }

    /// <inheritdoc cref="Soon(Task, string)"/>
    public static async Task<T> Soon<T>(this Task<T> task, [CallerArgumentExpression(nameof(task))] string? what = null)
    {
        await Soon((Task)task, what).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    /// <inheritdoc cref="Soon(Task, string)"/>
    public static Task Soon(this ValueTask task, [CallerArgumentExpression(nameof(task))] string? what = null) => Soon(task.AsTask(), what);

    /// <inheritdoc cref="Soon(Task, string)"/>
    public static Task<T> Soon<T>(this ValueTask<T> task, [CallerArgumentExpression(nameof(task))] string? what = null) =>
        Soon(task.AsTask(), what);

    /// <summary>The exception that the task must end with, within the limit.</summary>
    public static async Task<TException> Fails<TException>(this Task task, [CallerArgumentExpression(nameof(task))] string? what = null)
        where TException : Exception
    {
        try
        {
            await task.Soon(what).ConfigureAwait(false);
        }
        catch (TException e)
        {
            return e;
        }
        catch (Exception e) when (e is not AssertionException)
        {
            throw new AssertionException($"Expected {typeof(TException).Name} from {what}, but it ended with {e}");
        }

        throw new AssertionException($"Expected {typeof(TException).Name} from {what}, but it ended without an exception.");
    }

    /// <inheritdoc cref="Fails{TException}(Task, string)"/>
    public static Task<TException> Fails<TException>(this ValueTask task, [CallerArgumentExpression(nameof(task))] string? what = null)
        where TException : Exception => Fails<TException>(task.AsTask(), what);

    /// <summary>Waits until the condition holds.</summary>
    public static async Task Until(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        var begin = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(begin) > Limit)
            {
                throw new AssertionException($"It has not come true after {Limit}: {what}");
            }

            await Task.Delay(1).ConfigureAwait(false);
        }
    }
}
