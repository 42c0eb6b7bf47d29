using System.Net;
using System.Text;
using NUnit.Framework;
using UringHttp.Tests.Support;
using UringHttp.Tests.Tidy;

namespace UringHttp.Tests.Loop;

/// <summary>The page that the package UringHttp.Loop shows: its sample runs, and it names what there is.</summary>
internal sealed class LoopReadmeTests
{
    private const string Readme = "src/UringHttp.Loop/README.md";
    private const string ThisFile = "tests/UringHttp.Tests/Loop/LoopReadmeTests.cs";

    [Test]
    public async Task The_sample_runs()
    {
        var before = Console.Out;
        var printed = new StringWriter();
        Console.SetOut(printed);
        try
        {
            await RunSample().Soon();
        }
        finally
        {
            Console.SetOut(before);
        }

        var lines = printed.ToString().Split('\n');
        Assert.That(lines[0], Does.Contain("on Linux"));
        Assert.That(lines[1], Is.EqualTo("hello"));
    }

    [Test]
    public void The_sample_is_the_one_that_runs()
    {
        var shown = Between(Repository.Read(Readme), "```csharp\n", "```").Split("\n\n", 2);
        var file = Repository.Read(ThisFile);
        var run = Between(file, "// sample: loop\n", "        // end of sample").Replace("\n        ", "\n").TrimStart();
        Assert.That(shown[1], Is.EqualTo(run));
        foreach (var directive in shown[0].Split('\n'))
        {
            Assert.That(directive == "using UringHttp;" || file.Contains(directive + "\n", StringComparison.Ordinal), directive);
        }
    }

    [TestCase(typeof(UringLoopOptions))]
    [TestCase(typeof(SocketSettings))]
    public void Every_option_is_in_its_table(Type options)
    {
        var table = Between(Repository.Read(Readme), $"| `{options.Name}` |", "\n\n");
        var missing = options.GetProperties().Select(property => property.Name)
            .Where(name => !table.Contains($"`{name}`", StringComparison.Ordinal));
        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void It_is_a_page() => Assert.That(Repository.Read(Readme).Split('\n'), Has.Length.LessThan(100));

    private static async Task RunSample()
    {
        // sample: loop
        using var loop = new UringLoop();
        Console.WriteLine(loop.Capabilities);

        await loop.RunAsync(async () =>
        {
            await using var listener = UringListener.Bind(loop, new IPEndPoint(IPAddress.Loopback, 0));
            using var client = await UringSocket.ConnectAsync(loop, listener.LocalEndPoint);
            using var server = await listener.AcceptAsync();

            await client.SendAsync("hello"u8.ToArray());
            var buffer = new byte[1024];
            var count = await server.ReceiveAsync(buffer);
            Console.WriteLine(Encoding.UTF8.GetString(buffer, 0, count));
        });
        // end of sample
    }

    private static string Between(string text, string start, string end)
    {
        var from = text.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }
}
