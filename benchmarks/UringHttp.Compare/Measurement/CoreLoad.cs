namespace UringHttp.Compare;

/// <summary>
/// For how long, in seconds since the system started, a core has worked for programs and for how long it was idle, from /proc/stat. Tells
/// a client that waits for its server from one whose core was taken by other programs.
/// </summary>
internal readonly record struct CoreLoad(double Busy, double Idle)
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux that .NET runs on

    // Columns of a cpu line: user, nice, system, stolen; and idle, waiting for a disk. The interrupts between them are mostly those of the
    // network, which the client causes itself, and whether its own CPU time contains them depends on how the kernel was built.
    private static readonly int[] s_busyColumns = [1, 2, 3, 8];
    private static readonly int[] s_idleColumns = [4, 5];

    public static CoreLoad Read(int core)
    {
        string name = $"cpu{core} ";
        string line = File.ReadLines("/proc/stat").First(line => line.StartsWith(name, StringComparison.Ordinal));
        string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new CoreLoad(Sum(columns, s_busyColumns), Sum(columns, s_idleColumns));
    }

    private static double Sum(string[] columns, int[] chosen) =>
        chosen.Sum(column => long.Parse(columns[column], provider: null)) / TicksPerSecond;
}
