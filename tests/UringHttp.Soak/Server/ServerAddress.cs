using System.Globalization;

namespace UringHttp.Soak;

/// <summary>
/// Where the server listens. Sound and faulty answers have ports of their own: a fault may spoil the next request on its connection, and
/// on the sound ports nothing may fail.
/// </summary>
internal sealed record ServerAddress(int SoundPort, int SoundTlsPort, int FaultyPort, int FaultyTlsPort, string CertificateHash)
{
    /// <summary>As one line.</summary>
    public string Line => string.Create(
        CultureInfo.InvariantCulture, $"{SoundPort} {SoundTlsPort} {FaultyPort} {FaultyTlsPort} {CertificateHash}");

    public static ServerAddress Parse(string line)
    {
        string[] parts = line.Split(' ');
        int Port(int index) => int.Parse(parts[index], CultureInfo.InvariantCulture);
        return new ServerAddress(Port(0), Port(1), Port(2), Port(3), parts[4]);
    }

    public Uri UriOf(SoakRequest request, bool isFaulty, bool isSecure)
    {
        int port = (isFaulty, isSecure) switch
        {
            (false, false) => SoundPort,
            (false, true) => SoundTlsPort,
            (true, false) => FaultyPort,
            (true, true) => FaultyTlsPort,
        };
        return new Uri($"{(isSecure ? "https" : "http")}://127.0.0.1:{port}{request.Target}");
    }
}
