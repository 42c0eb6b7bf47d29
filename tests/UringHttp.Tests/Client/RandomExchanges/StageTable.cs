using System.Text;

namespace UringHttp.Tests.Client.RandomExchanges;

/// <summary>How many exchanges were ended at each stage, by what. Any thread.</summary>
internal sealed class StageTable
{
    private readonly int[,] _counts = new int[Enum.GetValues<Stage>().Length, Enum.GetValues<Ending>().Length];
    private int _answered;

    internal int Answered => Volatile.Read(ref _answered);

    internal int this[Stage stage, Ending ending] => Volatile.Read(ref _counts[(int)stage, (int)ending]);

    internal void Count(Stage stage, Ending ending) => Interlocked.Increment(ref _counts[(int)stage, (int)ending]);

    internal void CountAnswer() => Interlocked.Increment(ref _answered);

    public override string ToString()
    {
        var text = new StringBuilder($"answered {Answered}; ended early, at the stage and by what:\n{"",-10}");
        Ending[] endings = [Ending.Token, Ending.Timeout, Ending.Disposal, Ending.Fault];
        text.AppendJoin(' ', endings.Select(ending => $"{ending,9}")).Append('\n');
        foreach (Stage stage in Enum.GetValues<Stage>())
        {
            text.Append($"{stage,-10}").AppendJoin(' ', endings.Select(ending => $"{this[stage, ending],9}")).Append('\n');
        }

        return text.ToString();
    }
}
