using System.Net;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;

namespace UringHttp.Tests.Extensions;

/// <summary>Options out of a configuration: each kind of value, and what is none.</summary>
[TestFixture]
internal sealed class OptionsReaderTests
{
    [Test]
    public void Values_of_each_kind_are_read()
    {
        var options = new UringHttpHandlerOptions();
        OptionsReader.Read(
            Section(
                ("MaxConnectionsPerServer", "7"),
                ("maxUncheckedDecompressedBytes", "5000000000"),
                ("UseCookies", "false"),
                ("ConnectTimeout", "00:00:05"),
                ("PooledConnectionIdleTimeout", "infinite"),
                ("AutomaticDecompression", "GZip, Brotli")),
            options);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(options.MaxConnectionsPerServer, Is.EqualTo(7));
            Assert.That(options.MaxUncheckedDecompressedBytes, Is.EqualTo(5_000_000_000));
            Assert.That(options.UseCookies, Is.False);
            Assert.That(options.ConnectTimeout, Is.EqualTo(TimeSpan.FromSeconds(5)));
            Assert.That(options.PooledConnectionIdleTimeout, Is.EqualTo(Timeout.InfiniteTimeSpan));
            Assert.That(options.AutomaticDecompression, Is.EqualTo(DecompressionMethods.GZip | DecompressionMethods.Brotli));
            Assert.That(options.AllowAutoRedirect, Is.True, "which no key sets");
        }
    }

    /// <summary>Of the loop, a text too.</summary>
    [Test]
    public void A_loop_has_options_of_its_own()
    {
        var options = new UringLoopOptions();
        OptionsReader.Read(Section(("ThreadName", "http"), ("Backend", "epoll")), options);
        Assert.That((options.ThreadName, options.Backend), Is.EqualTo(("http", UringBackend.Epoll)));
    }

    [TestCase("MaxConnectionPerServer", "7", "names no option of UringHttpHandlerOptions", TestName = "a misspelt key")]
    [TestCase("Proxy", "http://proxy/", "that a configuration can set. Those are: AllowAutoRedirect, Auto", TestName = "an object")]
    [TestCase("MaxConnectionsPerServer", "many", "'many' is no Int32 for UringHttpHandlerOptions.MaxConn", TestName = "no number")]
    [TestCase("MaxConnectionsPerServer", "9999999999", "is no Int32", TestName = "too large a number")]
    [TestCase("MaxConnectionsPerServer", null, "It has no value", TestName = "nothing")]
    [TestCase("ConnectTimeout", "5 s", "'5 s' is no TimeSpan", TestName = "no span of time")]
    [TestCase("AutomaticDecompression", "Zip", "'Zip' is no DecompressionMethods", TestName = "no name")]
    [TestCase("EnableMultipleHttp2Connections", "true", "UringHttpHandler speaks HTTP/1.1", TestName = "a value that is refused")]
    public void What_is_wrong_is_told_with_its_place(string key, string? value, string words)
    {
        IConfiguration section = Section((key, value));
        Assert.That(
            () => OptionsReader.Read(section, new UringHttpHandlerOptions()),
            Throws.InvalidOperationException.With.Message.Contains(words).And.Message.Contains($"'Clients:Catalog:{key}'"));
    }

    internal static IConfigurationSection Section(params (string Key, string? Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(it => KeyValuePair.Create($"Clients:Catalog:{it.Key}", it.Value)))
        .Build()
        .GetSection("Clients:Catalog");
}
