using System.Text.Json;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Soak;

/// <summary>The soak's program as a whole, for a moment: whoever runs it for half an hour finds out at its end otherwise.</summary>
internal sealed class SoakRunTests
{
    [Test]
    public async Task A_short_run_passes_and_writes_its_report()
    {
        LoopFixture.RequireBackend(UringBackend.IoUring);
        string report = Path.Combine(Directory.CreateTempSubdirectory("uringhttp-soak").FullName, "soak");
        int status = await UringHttp.Soak.Program.Main(["--minutes=0.03", "--long-body=3000001", $"--report={report}"]);
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllTextAsync($"{report}.json"));
        string failures = json.RootElement.GetProperty("failures").ToString();
        Assert.Multiple(() =>
        {
            Assert.That(status, Is.Zero, failures);
            Assert.That(failures, Is.EqualTo("[]"));
            Assert.That(json.RootElement.GetProperty("requests").GetInt64(), Is.Positive);
            var longOnes = json.RootElement.GetProperty("endings").EnumerateObject().Select(ending => ending.Name)
                .Where(name => name.Contains("3,000,001 bytes")).Select(name => (name.Contains("epoll"), name.Contains("sent")));
            Assert.That(longOnes.Distinct().Count(), Is.EqualTo(4), "sent and received on both backends");
            Assert.That(File.ReadAllText($"{report}.html"), Does.Contain("<svg").And.Contain("Resident memory"));
        });
        Directory.GetParent(report)!.Delete(recursive: true);
    }

    [TestCase("--minutes=0", "--minutes must be 0.01 to 10080, not '0'.")]
    [TestCase("--minutes=soon", "--minutes must be 0.01 to 10080, not 'soon'.")]
    [TestCase("--seed=-1", "--seed must be 0 to 2147483647, not '-1'.")]
    [TestCase("--backends=kqueue", "'kqueue'")]
    public async Task What_cannot_be_asked_for_is_refused(string argument, string message)
    {
        TextWriter errors = Console.Error;
        using var said = new StringWriter();
        Console.SetError(said);
        try
        {
            Assert.That(await UringHttp.Soak.Program.Main([argument]), Is.EqualTo(2));
        }
        finally
        {
            Console.SetError(errors);
        }

        Assert.That(said.ToString(), Does.Contain(message));
    }
}
