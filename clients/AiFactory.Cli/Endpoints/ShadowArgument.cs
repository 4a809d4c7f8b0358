using System.Globalization;
using AiFactory.Cli.CommandLine;

namespace AiFactory.Cli.Endpoints;

/// <summary>A shadow as users write it: <c>NAME=MODEL@VERSION[:PERCENT]</c>, e.g. <c>next=churn-mlp@2:10</c>.</summary>
/// <param name="Model">Without a version: the latest.</param>
/// <param name="Percent">Share of requests that it sees; 100 where none is stated.</param>
internal sealed record ShadowArgument(string Name, NamedVersion Model, double Percent)
{
    private const string Form = "Write NAME=MODEL@VERSION:PERCENT, e.g. --shadow next=churn-mlp@2:10.";

    /// <exception cref="UsageException">It is written otherwise.</exception>
    public static ShadowArgument Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || equals == text.Length - 1)
        {
            throw new UsageException($"'{text}' is not a shadow.", "--shadow", Form);
        }

        var model = text[(equals + 1)..];
        var colon = model.LastIndexOf(':');
        if (colon < 0)
        {
            return new(text[..equals], NamedVersion.Parse(model), 100);
        }

        return double.TryParse(model.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var percent) && double.IsFinite(percent)
            ? new(text[..equals], NamedVersion.Parse(model[..colon]), percent)
            : throw new UsageException($"'{model[(colon + 1)..]}' is not a share in percent.", "--shadow", Form);
    }
}
