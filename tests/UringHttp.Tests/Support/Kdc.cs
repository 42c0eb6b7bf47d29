using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;

namespace UringHttp.Tests.Support;

/// <summary>
/// A real Kerberos realm on the loopback, with a key distribution centre of its own, for as long as a fixture needs it. The process belongs
/// to it meanwhile. It has the user alice, and the service HTTP/localhost.
/// </summary>
internal sealed class Kdc : IDisposable
{
    internal const string Realm = "EXAMPLE.TEST";
    internal const string UserName = "alice";
    internal const string Password = "password";

    private const string Folders = "/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Not an empty file: MIT Kerberos 1.20 crashes when it looks for a user in one.</summary>
    private const string Nowhere = "/nonexistent/uringhttp";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("uringhttp-kdc-");
    private readonly Process _process;

    private Kdc()
    {
        int port = TakeFreePort();
        Write("krb5.conf", $$"""
            [libdefaults]
              default_realm = {{Realm}}
              dns_lookup_kdc = false
              dns_lookup_realm = false
              dns_canonicalize_hostname = false
              rdns = false
              udp_preference_limit = 1
            [realms]
              {{Realm}} = {
                kdc = 127.0.0.1:{{port}}
              }
            [domain_realm]
              localhost = {{Realm}}
            """);
        Write("kdc.conf", $$"""
            [kdcdefaults]
              kdc_listen = 127.0.0.1:{{port}}
              kdc_tcp_listen = 127.0.0.1:{{port}}
            [realms]
              {{Realm}} = {
                database_name = {{Path("principal")}}
                key_stash_file = {{Path("stash")}}
              }
            """);
        Run("kdb5_util", "create", "-s", "-r", Realm, "-P", "master");
        Run("kadmin.local", "-q", $"addprinc -pw {Password} {UserName}");
        Run("kadmin.local", "-q", "addprinc -randkey HTTP/localhost");
        Run("kadmin.local", "-q", $"ktadd -k {Path("service.keytab")} HTTP/localhost");
        Run("kadmin.local", "-q", $"ktadd -norandkey -k {Path("user.keytab")} {UserName}");
        _process = Start("krb5kdc", "-n");
        WaitUntilItListens(port);
        Run("kinit", "-k", "-t", Path("user.keytab"), "-c", Path("tickets"), UserName);
        EnterRealm();
    }

    /// <summary>Starts one; the test is skipped, with a line that says why, where Kerberos is not installed.</summary>
    internal static Kdc Start()
    {
        string[] missing = [.. new[] { "kdb5_util", "kadmin.local", "krb5kdc", "kinit" }.Where(program => Find(program) is null)];
        if (missing.Length > 0)
        {
            Assert.Ignore($"not installed: {string.Join(", ", missing)}: apt-get install krb5-kdc krb5-admin-server krb5-user");
        }

        return new Kdc();
    }

    internal static void LeaveRealm()
    {
        NativeEnvironment.Set("KRB5_CONFIG", "/dev/null");
        NativeEnvironment.Set("KRB5_KTNAME", Nowhere);
        NativeEnvironment.Set("KRB5CCNAME", Nowhere);
    }

    public void Dispose()
    {
        LeaveRealm();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.WaitForExit();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>The process is alice's, and has the service's key.</summary>
    private void EnterRealm()
    {
        NativeEnvironment.Set("KRB5_CONFIG", Path("krb5.conf"));
        NativeEnvironment.Set("KRB5_KTNAME", Path("service.keytab"));
        NativeEnvironment.Set("KRB5CCNAME", Path("tickets"));
    }

    private static string? Find(string program) =>
        Folders.Split(':').Select(folder => System.IO.Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static int TakeFreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private string Path(string file) => System.IO.Path.Combine(_folder.FullName, file);

    private void Write(string file, string text) => File.WriteAllText(Path(file), text + "\n");

    private Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(program)!, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["KRB5_CONFIG"] = Path("krb5.conf");
        start.Environment["KRB5_KDC_PROFILE"] = Path("kdc.conf");
        return Process.Start(start)!;
    }

    private void Run(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}: {said}{errors.GetAwaiter().GetResult()}");
    }

    private void WaitUntilItListens(int port)
    {
        long end = Environment.TickCount64 + 30_000;
        while (true)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"krb5kdc ended: {_process.StandardError.ReadToEnd()}");
            }

            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Connect(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (Environment.TickCount64 < end)
            {
                Thread.Yield();
            }
        }
    }
}
