using System.CommandLine;
using System.CommandLine.Parsing;

namespace UringHttp.Compare;

/// <summary>What a person may write after the program's name, and the two verbs by which it starts itself.</summary>
internal static class CommandLine
{
    private const int DefaultRounds = 5;
    private const int MostRounds = 1000;

    public static RootCommand Build(Func<CompareOptions, CancellationToken, Task<int>> compare)
    {
        var rows = ListOption("--rows", "The rows to run", [.. WorkloadCatalog.All.Select(row => row.Name)]);
        var arms = ListOption("--arms", "The arms to run", [.. ArmCatalog.All.Select(arm => arm.Name)]);
        var rounds = new Option<int?>("--rounds")
        {
            Description = $"Rounds of each arm in each row. Default {DefaultRounds}.",
            CustomParser = ParseRounds,
        };
        var full = new Option<bool>("--full") { Description = "All rows and arms, longer rounds: half an hour instead of a minute." };
        var server = new Option<string>("--server") { Description = "Who serves the bodies. nginx where it is installed, else kestrel." };
        server.AcceptOnlyFromAmong([.. ServerCatalog.Names]);
        var json = new Option<string?>("--json") { Description = "Where the JSON file goes. Default artifacts/compare.json." };
        var html = new Option<string?>("--html") { Description = "Where the HTML file goes. Default artifacts/compare.html." };
        var keep = new Option<bool>("--keep") { Description = "Writes the results, without the rounds, to benchmarks/results too." };
        var root = new RootCommand(
            "Compares HTTP clients on whole workloads. Each arm is a process of its own; they take turns, and each row says what a " +
            "request costs its client in CPU time, with the ratio to SocketsHttpHandler.")
        {
            rows, arms, rounds, full, server, json, html, keep,
        };
        root.SetAction((parsed, cancellation) => compare(
            new CompareOptions
            {
                Rows = Select(WorkloadCatalog.All, parsed.GetValue(rows), row => row.Name, row => row.IsInDemo || parsed.GetValue(full)),
                Arms = Select(ArmCatalog.All, parsed.GetValue(arms), arm => arm.Name, arm => arm.IsInDemo || parsed.GetValue(full)),
                ArmsAreNamed = parsed.GetResult(arms) is not null,
                Rounds = parsed.GetValue(rounds) ?? DefaultRounds,
                Full = parsed.GetValue(full),
                Server = parsed.GetValue(server) ?? ServerCatalog.Default,
                Keep = parsed.GetValue(keep),
                JsonPath = parsed.GetValue(json) ?? DefaultPath("compare.json"),
                HtmlPath = parsed.GetValue(html) ?? DefaultPath("compare.html"),
            },
            cancellation));
        root.Add(BuildClientVerb());
        root.Add(BuildServerVerb());
        return root;
    }

    private static Command BuildClientVerb()
    {
        var arm = new Argument<string>("arm");
        var verb = new Command("client", "One arm; speaks JSON lines on its standard input and output.") { arm };
        verb.Hidden = true;
        verb.SetAction(parsed => ClientProcess.Run(ArmCatalog.Get(parsed.GetRequiredValue(arm)), Console.In, Console.Out));
        return verb;
    }

    private static Command BuildServerVerb()
    {
        var name = new Argument<string>("name");
        var port = new Argument<int>("port");
        var httpsPort = new Argument<int>("https-port");
        var holdingPort = new Argument<int>("holding-port");
        var directory = new Argument<string>("directory");
        var verb = new Command("server", "A server of the bodies; ends when its standard input does.")
        {
            name, port, httpsPort, holdingPort, directory,
        };
        verb.Hidden = true;
        verb.SetAction((parsed, cancellation) =>
        {
            var plan = new ServerPlan(
                parsed.GetRequiredValue(port),
                parsed.GetRequiredValue(httpsPort),
                parsed.GetRequiredValue(holdingPort),
                new RunDirectory(parsed.GetRequiredValue(directory)));
            return ServerVerb.RunAsync(parsed.GetRequiredValue(name), plan, cancellation);
        });
        return verb;
    }

    /// <summary>An option that takes names, separated by commas.</summary>
    private static Option<string[]?> ListOption(string name, string what, string[] known) => new(name)
    {
        Description = $"{what}, separated by commas: {string.Join(", ", known)}.",
        HelpName = "names",
        CustomParser = argument => ParseNames(argument, name, known),
    };

    private static string[]? ParseNames(ArgumentResult argument, string option, string[] known)
    {
        string[] names = argument.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string? unknown = names.FirstOrDefault(name => !known.Contains(name));
        if (unknown is null && names.Length > 0)
        {
            return names;
        }

        string what = unknown is null ? $"{option} names nothing." : $"{option} does not know '{unknown}'.";
        argument.AddError($"{what} It may be {string.Join(", ", known)}.");
        return null;
    }

    private static int? ParseRounds(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (int.TryParse(text, out int rounds) && rounds is >= 1 and <= MostRounds)
        {
            return rounds;
        }

        argument.AddError($"--rounds must be 1 to {MostRounds:N0}, not '{text}'.");
        return null;
    }

    /// <summary>Those of the names, or the default ones, in the order of the catalog: the first arm is the baseline.</summary>
    private static IReadOnlyList<T> Select<T>(IReadOnlyList<T> all, string[]? names, Func<T, string> nameOf, Func<T, bool> isDefault) =>
        [.. all.Where(item => names is null or [] ? isDefault(item) : names.Contains(nameOf(item)))];

    private static string DefaultPath(string file) => Path.Combine(RepositoryRoot.Find(), "artifacts", file);
}
