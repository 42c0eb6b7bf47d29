// The build: ./build.sh --target=Test. Everything it makes goes to artifacts/ (and to the projects' bin and obj).
using System.Xml.Linq;

const string Solution = "UringHttp.slnx";
const string Results = "artifacts/results";
const string Packages = "artifacts/packages";
const string KeptResults = "benchmarks/results";

var target = Argument("target", "Build");
var inCi = EnvironmentVariable("CI") == "true";
var tally = new Tally(inCi);

// ---- Targets

Task("Native")
    .Description("Builds the native shim and its tests with CMake.")
    .Does(() =>
{
    Run("cmake", "-S . -B artifacts/cmake");
    Run("cmake", $"--build artifacts/cmake --parallel {Environment.ProcessorCount}");
});

Task("Build")
    .Description("Builds everything for release.")
    .IsDependentOn("Native")
    .Does(() => Run("dotnet", $"build {Solution} -c Release"));

// In Debug, where rare paths are common: tiny first reads, small rings, poisoned blocks.
Task("Test")
    .Description("Runs the tests: the native ones on each backend and under sanitizers, then the managed ones.")
    .IsDependentOn("Native")
    .Does(() =>
{
    CleanDirectory(Results);
    Test("native", "ctest", "--test-dir artifacts/cmake --output-on-failure --no-tests=error --timeout 120 "
        + $"--output-junit {MakeAbsolute(Directory(Results))}/native.xml",
        () => ReadXml("native.xml", "testcase", "name", "status"));
    Test("managed", "dotnet", $"test tests/UringHttp.Tests -c Debug --results-directory {Results} --logger trx;LogFileName=managed.trx "
        + "--blame-hang-timeout 3m --blame-hang-dump-type none",
        () => ReadXml("managed.trx", "UnitTestResult", "testName", "outcome"));
    tally.ThrowIfAnyFailed();
});

// The tests draw 200,000 inputs of the managed parsers; this draws as many as wanted, and feeds the native shim too.
Task("Fuzz")
    .Description("Fuzzes the parsers with --inputs=N inputs (10,000,000) and the native shim for --seconds=N on libFuzzer (60).")
    .IsDependentOn("Native")
    .Does(() =>
{
    Run("bash", $"tests/native/fuzz.sh {Argument("seconds", 60)}");
    Run("dotnet", "test tests/UringHttp.Tests -c Release --filter FullyQualifiedName~UringHttp.Tests.Fuzzing "
        + $"--environment URINGHTTP_FUZZ_INPUTS={Argument("inputs", 10_000_000L)} --logger console;verbosity=detailed");
});

Task("Simulate")
    .Description("Runs the client over a simulated kernel: --seeds=N (default 20,000), --seed=S for one with its trace, --torture=N.")
    .IsDependentOn("Native")
    .Does(() => RunProject("tests/UringHttp.Simulation", Given("seeds", "seed", "first", "torture", "call", "workers")));

// Each of the patches puts a bug into a copy of the sources: a simulator that finds none of them proves nothing.
Task("Mutate")
    .Description("Tells how many seeds the simulation takes to find each of the bugs in tests/UringHttp.Simulation/Mutants.")
    .IsDependentOn("Native")
    .Does(() => Run("bash", "tests/UringHttp.Simulation/Mutants/run.sh"));

Task("Soak")
    .Description("Loads both backends with cancels, faults and TLS for --minutes=N (2), checks each answer, and what is left at the end. "
        + "--keep keeps the report; also --seed=S, --backends=B, --long-body=BYTES.")
    .IsDependentOn("Native")
    .Does(() => RunProject(
        "tests/UringHttp.Soak", Given("minutes", "seed", "backends", "long-body", "report") + (HasArgument("keep") ? " --keep" : "")));

Task("Demo")
    .Description("The main job: compares UringHttp with SocketsHttpHandler and the limit, side by side, in a minute.")
    .IsDependentOn("Build")
    .Does(() => RunProject("benchmarks/UringHttp.Compare", ""));

// What it keeps is to be checked in: the figures that the README quotes.
Task("Bench")
    .Description("Measures everything, in some 35 minutes, and keeps it in benchmarks/results. "
        + "--filter=*Name* measures only some of the small things.")
    .IsDependentOn("Build")
    .Does(() =>
{
    var start = DateTime.Now;
    if (!HasArgument("filter"))
    {
        Say("1 of 3: whole workloads, all clients: about 27 minutes");
        RunProject("benchmarks/UringHttp.Compare", "--full --keep");
        Say("2 of 3: rings of sockets and idle connections: about 5 minutes");
        var lines = RunProjectAndRead("benchmarks/UringHttp.Benchmarks", "long-run");
        System.IO.File.WriteAllLines($"{KeptResults}/long-run.txt", lines);
        Say("3 of 3: the small things: about 5 minutes");
    }

    RunProject("benchmarks/UringHttp.Benchmarks", $"--filter {Argument("filter", "*")} --artifacts artifacts/benchmarks");
    if (!HasArgument("filter"))
        CopyFiles("artifacts/benchmarks/results/*-github.md", KeptResults);
    Say($"All of it took {DateTime.Now - start:h\\:mm\\:ss}");
});

Task("Pack")
    .Description("Makes the NuGet packages.")
    .IsDependentOn("Build")
    .Does(() =>
{
    CleanDirectory(Packages);
    Run("dotnet", $"pack {Solution} -c Release --no-build -o {Packages}");
});

Task("PackageTest")
    .Description("Uses the packages as a stranger would: in a new project outside this repository.")
    .IsDependentOn("Pack")
    .Does(() =>
{
    var results = $"{Results}/packages.txt"; // a line a check: "passed NAME" or "failed NAME"
    Test("packages", "bash", $"tests/packages/run.sh {Packages} {results}",
        () => System.IO.File.ReadLines(results).Select(line => line.Split(' ', 2)).Select(part => (part[1], part[0])));
    tally.ThrowIfAnyFailed();
});

Task("Format")
    .Description("Lays out the code, or with --check says what is not laid out.")
    .Does(() =>
{
    var check = HasArgument("check");
    var sources = string.Join(' ', GetFiles("{native,tests,benchmarks}/**/*.{c,h}").Select(file => file.FullPath));
    Run("clang-format", (check ? "--dry-run --Werror " : "-i ") + sources);
    Run("dotnet", $"format {Solution}" + (check ? " --verify-no-changes" : ""));
});

Task("PublicApi")
    .Description("Writes the public surface of each library to its PublicApi.txt, which the tests compare.")
    .IsDependentOn("Native")
    .Does(() => Run("dotnet", "test tests/UringHttp.Tests -c Debug --filter PublicApi --environment UPDATE_PUBLIC_API=1"));

Task("Clean")
    .Description("Deletes everything that the build made.")
    .Does(() => DeleteDirectories(
        GetDirectories("{src,tests,benchmarks}/**/{bin,obj}") + GetDirectories("artifacts"),
        new DeleteDirectorySettings { Recursive = true, Force = true }));

try
{
    RunTarget(target);
}
catch (Exception) when (tally.Failed > 0)
{
    // The closing line tells it, and what stands above it.
}

if (tally.Count > 0)
    Console.WriteLine(tally);
if (tally.Failed > 0)
    Environment.Exit(1);

// ---- How they do it

int Start(string command, string arguments) => StartProcess(command, new ProcessSettings { Arguments = arguments });

void Run(string command, string arguments)
{
    if (Start(command, arguments) is var status and not 0)
        throw new CakeException($"Failed with status {status}: {command} {arguments}");
}

/// Those of the arguments that were given, as the programs take them.
string Given(params string[] names) =>
    string.Join(' ', names.Where(HasArgument).Select(name => $"--{name}={Argument<string>(name)}"));

void RunProject(string project, string arguments)
{
    Run("dotnet", $"run -c Release --project {project} -- {arguments}");
}

/// Shows what a program writes, and returns it.
List<string> RunProjectAndRead(string project, string arguments)
{
    var lines = new List<string>();
    var settings = new ProcessSettings
    {
        Arguments = $"run -c Release --no-build --project {project} -- {arguments}",
        RedirectStandardOutput = true,
        RedirectedStandardOutputHandler = line =>
        {
            if (line is null)
                return "";
            Console.WriteLine(line);
            lines.Add(line);
            return line;
        },
    };
    if (StartProcess("dotnet", settings) is var status and not 0)
        throw new CakeException($"Failed with status {status}: {project} {arguments}");
    return lines;
}

void Say(string what) => Console.WriteLine($"== {DateTime.Now:HH:mm:ss} {what}");

/// Runs a suite to its end and counts what it wrote down. A suite that failed without a failure, or ran nothing, counts as one.
void Test(string suite, string command, string arguments, Func<IEnumerable<(string Name, string Outcome)>> read)
{
    EnsureDirectoryExists(Results);
    var (countBefore, failedBefore) = (tally.Count, tally.Failed);
    var status = Start(command, arguments);
    try
    {
        foreach (var (name, outcome) in read())
            tally.Add(suite, name, outcome);
    }
    catch (System.IO.FileNotFoundException)
    {
        // It did not come to its tests; counted below.
    }

    if (tally.Count == countBefore || (status != 0 && tally.Failed == failedBefore))
        tally.Add(suite, $"the suite as a whole: status {status}, {tally.Count - countBefore} tests", "failed");
}

/// The names and outcomes in a results file; the first line that a test said, which tells why it was skipped, goes with the name.
IEnumerable<(string, string)> ReadXml(string file, string element, string name, string outcome) =>
    from test in XDocument.Load($"{Results}/{file}").Descendants()
    where test.Name.LocalName == element
    let said = test.Descendants().FirstOrDefault(part => part.Name.LocalName is "Message" or "system-out")?.Value.Trim().Split('\n')[0]
    select (said is null ? test.Attribute(name).Value : $"{test.Attribute(name).Value}: {said}", test.Attribute(outcome).Value);

/// Counts tests, and names those that did not pass. A machine that checks changes has all that the tests need, so that
/// a skipped test is a failed one there.
sealed class Tally(bool skippedIsFailed)
{
    private int _passed, _skipped;

    public int Failed { get; private set; }

    public int Count => _passed + Failed + _skipped;

    public override string ToString() => $"{_passed} passed, {Failed} failed" + (_skipped > 0 ? $", {_skipped} skipped" : "");

    public void ThrowIfAnyFailed()
    {
        if (Failed > 0)
            throw new CakeException("Tests failed.");
    }

    public void Add(string suite, string name, string outcome)
    {
        switch (outcome)
        {
            case "Passed" or "passed" or "run":
                _passed++;
                return;
            case "NotExecuted" or "notrun" or "disabled" when !skippedIsFailed:
                _skipped++;
                break;
            default:
                Failed++;
                break;
        }

        Console.WriteLine($"{outcome}: {suite}: {name}");
    }
}
