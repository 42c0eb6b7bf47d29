using System.Globalization;

namespace UringHttp.Compare;

/// <summary>Numbers with three digits or so and their unit, as a reader wants them.</summary>
internal static class Units
{
    public const string Unknown = "–";

    private const double Kilo = 1000;
    private const double Mebi = 1024 * 1024;

    public static string Duration(double microseconds) => DurationIn(microseconds, UnitFor(microseconds)) + " " + UnitFor(microseconds);

    /// <summary>"21.3 (20.1–24.9) µs".</summary>
    public static string Duration(Spread microseconds)
    {
        string unit = UnitFor(microseconds.Median);
        string range = $"({DurationIn(microseconds.Min, unit)}–{DurationIn(microseconds.Max, unit)})";
        return $"{DurationIn(microseconds.Median, unit)} {range} {unit}";
    }

    public static string Ratio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture) + "×";

    /// <summary>"0.42× (0.40–0.45)".</summary>
    public static string Ratio(Spread ratio) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Ratio(ratio.Median)} ({ratio.Min:0.00}–{ratio.Max:0.00})");

    public static string Count(double value) =>
        value.ToString(value >= 100 ? "#,##0" : "0.0", CultureInfo.InvariantCulture);

    public static string Bytes(double bytes) => bytes >= 100 * Kilo
        ? Digits(bytes / Mebi) + " MiB"
        : bytes.ToString("#,##0", CultureInfo.InvariantCulture) + " B";

    /// <summary>For amounts of which 0 says that nobody has counted.</summary>
    public static string BytesOrUnknown(double bytes) => bytes == 0 ? Unknown : Bytes(bytes);

    public static string Percent(double part) => part.ToString("0 %", CultureInfo.InvariantCulture);

    private static string UnitFor(double microseconds) => microseconds switch
    {
        >= Kilo * Kilo => "s",
        >= Kilo => "ms",
        _ => "µs",
    };

    private static string DurationIn(double microseconds, string unit) => Digits(unit switch
    {
        "s" => microseconds / (Kilo * Kilo),
        "ms" => microseconds / Kilo,
        _ => microseconds,
    });

    private static string Digits(double value) => value.ToString(
        value switch { >= 100 => "#,##0", >= 10 => "0.0", _ => "0.00" },
        CultureInfo.InvariantCulture);
}
