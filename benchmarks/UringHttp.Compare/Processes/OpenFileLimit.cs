namespace UringHttp.Compare;

/// <summary>How many files a process may have open; .NET raises what it may itself up to this.</summary>
internal static class OpenFileLimit
{
    private const string Field = "Max open files";
    private const int HardLimitColumn = 1;

    public static long Read()
    {
        string line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith(Field, StringComparison.Ordinal));
        string[] columns = line[Field.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return long.TryParse(columns[HardLimitColumn], out long limit) ? limit : long.MaxValue;
    }
}
