using System.Globalization;
using AiFactory.Cli.CommandLine;
using AiFactory.Domain.Rollouts;

namespace AiFactory.Cli.Rollouts;

/// <summary>Steps and guards as users write them.</summary>
internal static class RolloutArguments
{
    /// <exception cref="UsageException">They are no numbers.</exception>
    public static IReadOnlyList<double>? Steps(string? text)
    {
        if (text is null)
        {
            return null;
        }

        return [.. text.Split(',').Select(step => double.TryParse(step, NumberStyles.Float, CultureInfo.InvariantCulture, out var share)
            ? share
            : throw new UsageException($"'{step}' is not a share in percent.", "--steps", "Write growing percentages that end with 100, e.g. --steps 1,5,25,50,100."))];
    }

    /// <summary><c>METRIC[=TOLERANCE]</c>.</summary>
    /// <exception cref="UsageException">It is written otherwise.</exception>
    public static RolloutGuard Guard(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        GuardMetric? metric = (equals < 0 ? text : text[..equals]) switch
        {
            "error-rate" => GuardMetric.ErrorRate,
            "latency" => GuardMetric.Latency,
            "outcome:accuracy" => GuardMetric.Accuracy,
            "outcome:value" => GuardMetric.Value,
            _ => null,
        };
        double? tolerance = equals < 0 ? null : double.TryParse(text.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var given) ? given : double.NaN;
        return metric is { } known && !(tolerance is { } number && double.IsNaN(number))
            ? new RolloutGuard(known, tolerance)
            : throw new UsageException($"'{text}' is not a guard.", "--guard", "Write error-rate, latency, outcome:accuracy or outcome:value, with =TOLERANCE where the usual one does not suit.");
    }
}
