using System.Globalization;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Training;

namespace AiFactory.Cli.Rendering;

/// <summary>How figures are written for people: invariant, with units.</summary>
internal static class Format
{
    public static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Figure(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    public static string Figure(double? value) => value is { } present ? Figure(present) : string.Empty;

    public static string Percent(double fraction) => fraction.ToString("P1", CultureInfo.InvariantCulture);

    /// <summary>An amount to the picodollar.</summary>
    public static string Usd(Picodollars amount) => amount.ToUsd().ToString("0.000000000000", CultureInfo.InvariantCulture);

    /// <summary>An amount of everyday size, to the cent.</summary>
    public static string Cents(decimal usd) => usd.ToString("N2", CultureInfo.InvariantCulture);

    /// <summary>A small amount, to the picodollar.</summary>
    public static string SmallUsd(decimal usd) => usd.ToString("0.000000000000", CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A figure with its 95% interval.</summary>
    public static string Interval(Estimate? estimate, string format = "0.0000") => estimate is null
        ? "-"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{estimate.Value.ToString(format, CultureInfo.InvariantCulture)} [{estimate.Low.ToString(format, CultureInfo.InvariantCulture)}, {estimate.High.ToString(format, CultureInfo.InvariantCulture)}]");

    /// <summary>The beginning of a digest, enough to tell two apart.</summary>
    public static string Digest(string sha256) => sha256.Length > 12 ? sha256[..12] : sha256;

    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => Invariant($"{bytes} B"),
        < 1024 * 1024 => Invariant($"{bytes / 1024.0:0.0} KiB"),
        < 1024L * 1024 * 1024 => Invariant($"{bytes / (1024.0 * 1024):0.0} MiB"),
        _ => Invariant($"{bytes / (1024.0 * 1024 * 1024):0.0} GiB"),
    };
}
