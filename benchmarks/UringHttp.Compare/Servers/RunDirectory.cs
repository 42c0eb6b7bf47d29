namespace UringHttp.Compare;

/// <summary>
/// What a run keeps in memory as files: the bodies, the certificate, what arms write. Made by the orchestrator; deleted by it and by the
/// server, so that nothing is left when one of them is killed.
/// </summary>
internal sealed class RunDirectory(string path) : IDisposable
{
    private const string SharedMemory = "/dev/shm";
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public string Root { get; } = path;

    /// <summary>Served.</summary>
    public string Bodies => Path.Combine(Root, "bodies");

    /// <summary>For the arms to write to.</summary>
    public string Files => Path.Combine(Root, "files");

    /// <summary>PEM; clients trust it by the variables of <see cref="ChildEnvironment"/>.</summary>
    public string Certificate => Path.Combine(Root, "certificate.pem");

    public string Key => Path.Combine(Root, "key.pem");

    public static RunDirectory Create()
    {
        string parent = Directory.Exists(SharedMemory) ? SharedMemory : Path.GetTempPath();
        var directory = new RunDirectory(Path.Combine(parent, $"uringhttp-compare-{Guid.NewGuid():N}"));
        foreach (string path in (string[])[directory.Root, directory.Bodies, directory.Files])
        {
            Directory.CreateDirectory(path, Readable);
            File.SetUnixFileMode(path, Readable); // whatever the umask: a worker of root's nginx runs as somebody else
        }

        ServerCertificate.Write(directory.Certificate, directory.Key);
        return directory;
    }

    /// <summary>A file that everybody may read, at a path that begins with a slash.</summary>
    public void WriteBody(string path, BodyPattern body)
    {
        string name = Bodies + path;
        using (FileStream file = File.Create(name))
        {
            body.WriteTo(file);
        }

        File.SetUnixFileMode(name, Readable);
    }

    /// <summary>What arms have written would only take memory from the next.</summary>
    public void ClearFiles()
    {
        foreach (string file in Directory.EnumerateFiles(Files))
        {
            File.Delete(file);
        }
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // The other one was first.
        }
    }
}
