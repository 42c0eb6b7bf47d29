using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using BenchmarkDotNet.Attributes;

namespace UringHttp.Benchmarks;

/// <summary>
/// Four steps of a conversation, each begun by an event: written as an async method, and by hand as a switch over a state. With a system
/// call in each step, as in a server, and without.
/// </summary>
public partial class StateMachineBenchmarks
{
    private const int Conversations = 1000;
    private const int Steps = 4;

    private readonly Event _event = new();
    private readonly Conversation _conversation = new();

    [Params(false, true)]
    public bool CallsSystem { get; set; }

    [Benchmark(Baseline = true, OperationsPerInvoke = Conversations)]
    public int ByHand()
    {
        for (int i = 0; i < Conversations; i++)
        {
            _conversation.Begin();
            for (int step = 0; step < Steps; step++)
            {
                _conversation.OnEvent(Work());
            }
        }

        return _conversation.Sum;
    }

    [Benchmark(OperationsPerInvoke = Conversations)]
    public async Task<int> AsyncMethod()
    {
        int sum = 0;
        for (int i = 0; i < Conversations; i++)
        {
            ValueTask<int> conversation = ConverseAsync();
            for (int step = 0; step < Steps; step++)
            {
                _event.Raise(Work());
            }

            sum += await conversation;
        }

        return sum;
    }

    private async ValueTask<int> ConverseAsync()
    {
        int sum = await _event.WaitAsync();
        sum += 2 * await _event.WaitAsync();
        sum += 3 * await _event.WaitAsync();
        return sum + (4 * await _event.WaitAsync());
    }

    private int Work() => CallsSystem ? getppid() : 1;

    [LibraryImport("libc")]
    private static partial int getppid();

    /// <summary>What a loop has for each operation: raised once, awaited by one.</summary>
    private sealed class Event : IValueTaskSource<int>
    {
        private ManualResetValueTaskSourceCore<int> _core;

        public ValueTask<int> WaitAsync() => new(this, _core.Version);

        public void Raise(int value) => _core.SetResult(value);

        public int GetResult(short token)
        {
            int result = _core.GetResult(token);
            _core.Reset();
            return result;
        }

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);
    }

    private sealed class Conversation
    {
        private int _state;

        public int Sum { get; private set; }

        public void Begin()
        {
            _state = 0;
            Sum = 0;
        }

        public void OnEvent(int value)
        {
            switch (_state)
            {
                case 0:
                    Sum = value;
                    break;
                case 1:
                    Sum += 2 * value;
                    break;
                case 2:
                    Sum += 3 * value;
                    break;
                default:
                    Sum += 4 * value;
                    break;
            }

            _state++;
        }
    }
}
