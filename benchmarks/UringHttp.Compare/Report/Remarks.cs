namespace UringHttp.Compare;

/// <summary>What a reader has to know before believing the figures. Both the table and the HTML file end with it.</summary>
internal static class Remarks
{
    private const int FewRounds = 5;
    private const double MuchUsedByOthers = 0.05;
    private const double MuchCompilation = 0.02;

    public static IEnumerable<string> About(Comparison comparison)
    {
        string[] serverBound =
        [
            .. comparison.Rows.SelectMany(row => row.Arms
                .Where(arm => arm.IsServerBound)
                .Select(arm => $"{arm.Arm} at {row.Name} ({Units.Percent(1 - arm.CoreIdle!.Value)})")),
        ];
        if (serverBound.Length > 0)
        {
            yield return "* The server is the limit: less than 90 % of the client's core was busy, so only CPU per request means " +
                $"something, not requests per second or latency: {string.Join(", ", serverBound)}.";
        }

        if (comparison.OthersCoreUse is > MuchUsedByOthers)
        {
            yield return $"Other programs took {Units.Percent(comparison.OthersCoreUse.Value)} of the clients' core while rounds were " +
                "measured. Ratios bear that; run again on a quieter machine for absolute figures.";
        }

        if (comparison.CompilationUse > MuchCompilation)
        {
            yield return $"The compiler was at work in {Units.Percent(comparison.CompilationUse)} of the measured time: the arms were " +
                "not quite warm. A quieter machine, or --full, mends that.";
        }

        if (comparison.ClientCore is null)
        {
            yield return "Nothing was pinned: clients and server shared one core, and only CPU per request means something.";
        }

        if (comparison.Rounds < FewRounds)
        {
            yield return $"Fewer than {FewRounds} rounds: too few to quote.";
        }

        if (comparison.Machine.Configuration != "Release")
        {
            yield return "This is a Debug build: its figures mean nothing. Use dotnet run -c Release.";
        }

        foreach (string row in comparison.RowsLeftOut)
        {
            yield return $"Left out: {row}.";
        }

        foreach (UnavailableArm arm in comparison.Unavailable)
        {
            yield return $"{arm.Title} could not run here: {arm.Reason}";
        }

        if (comparison.RuntimeSettings.Count > 0)
        {
            yield return "Set for all arms: " +
                string.Join(' ', comparison.RuntimeSettings.Select(setting => $"{setting.Key}={setting.Value}")) + ".";
        }

        yield return "wrk and curl are measured as whole processes, from their start to their end. At a fixed rate the thread that " +
            "starts the requests is not counted, except where there is but one: in C and in Python.";
        yield return "The server sends with CUBIC to all arms, whatever the machine's default is.";
        yield return $"The length of every body was checked; {DescribeCompared(comparison)} of the bytes were compared.";
    }

    private static string DescribeCompared(Comparison comparison)
    {
        RoundResult[] rounds = [.. comparison.Rows.SelectMany(row => row.Arms).SelectMany(arm => arm.Rounds)];
        double part = rounds.Sum(round => (double)round.ComparedBytes) / rounds.Sum(round => (double)round.BodyBytes);
        return $"{Units.Bytes(rounds.Sum(round => (double)round.ComparedBytes))} ({part:0.0 %})";
    }
}
