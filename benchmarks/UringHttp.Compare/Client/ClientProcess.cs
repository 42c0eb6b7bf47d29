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
        IArmClient? client = Open(arm, out ClientReady ready);
        Write(answers, JsonSerializer.Serialize(ready, ProtocolJson.Default.ClientReady));
        if (client is null)
        {
            return 0;
        }

        using (client)
        {
            var runners = new Dictionary<string, RoundRunner>();
            while (commands.ReadLine() is { } line)
            {
                RoundCommand command = JsonSerializer.Deserialize(line, ProtocolJson.Default.RoundCommand)!;

                // The process's edge: this thread is nobody else's, and a read of the next command may block it.
                RoundResult result = RunAsync(client, runners, command).GetAwaiter().GetResult();
                Write(answers, JsonSerializer.Serialize(result, ProtocolJson.Default.RoundResult));
            }
        }

        return 0;
    }

    private static Task<RoundResult> RunAsync(IArmClient client, Dictionary<string, RoundRunner> runners, RoundCommand command)
    {
        Workload workload = WorkloadCatalog.Get(command.Row);
        if (!runners.TryGetValue(command.Row, out RoundRunner? runner))
        {
            runner = new RoundRunner(client, workload, command.Port);
            runners.Add(command.Row, runner);
        }

        return command.Limit is { } limit
            ? runner.RunAsync(limit)
            : new WarmUp(runner, workload, isFirstRow: runners.Count == 1).RunAsync();
    }

    private static IArmClient? Open(Arm arm, out ClientReady ready)
    {
        try
        {
            IArmClient client = arm.Open();
            ready = new ClientReady(client.Backend, client.Capabilities, Unavailable: null);
            return client;
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
