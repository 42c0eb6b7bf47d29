using System.Text.Json;

namespace UringHttp.Compare;

/// <summary>
/// One arm in a process of its own: it runs the rounds it is told to on standard input, and answers on standard output. Between rounds it
/// waits in a read and costs nothing. It ends when its input does, so it never outlives the orchestrator.
/// </summary>
internal static class ClientProcess
{
    public static int Run(Arm arm, TextReader commands, TextWriter answers)
    {
        using IRounds? rounds = Open(arm, out ClientReady ready);
        Write(answers, JsonSerializer.Serialize(ready, ProtocolJson.Default.ClientReady));
        while (rounds is not null && commands.ReadLine() is { } line)
        {
            RoundCommand command = JsonSerializer.Deserialize(line, ProtocolJson.Default.RoundCommand)!;

            // The process's edge: this thread is nobody else's, and a read of the next command may block it.
            RoundResult result = rounds.RunAsync(command).GetAwaiter().GetResult();
            Write(answers, JsonSerializer.Serialize(result, ProtocolJson.Default.RoundResult));
        }

        return 0;
    }

    private static IRounds? Open(Arm arm, out ClientReady ready)
    {
        try
        {
            IRounds rounds = arm.Open!();
            ready = rounds.Describe();
            return rounds;
        }
        catch (PlatformNotSupportedException e)
        {
            ready = new ClientReady("none", null, e.Message);
            return null;
        }
    }

    private static void Write(TextWriter answers, string line)
    {
        answers.WriteLine(line);
        answers.Flush();
    }
}
