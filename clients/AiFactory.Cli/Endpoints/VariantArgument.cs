using System.Globalization;
using AiFactory.Cli.CommandLine;

namespace AiFactory.Cli.Endpoints;

/// <summary>A variant as users write it: <c>NAME=MODEL@VERSION:WEIGHT</c>, e.g. <c>a=churn-mlp@1:50</c>.</summary>
/// <param name="Model">Without a version: the latest.</param>
/// <param name="Weight">In percent; null: an equal share, if no variant states one.</param>
internal sealed record VariantArgument(string Name, NamedVersion Model, double? Weight)
{
    private const string Form = "Write NAME=MODEL@VERSION:WEIGHT, e.g. --variant a=churn-mlp@1:50.";

    /// <exception cref="UsageException">It is written otherwise.</exception>
    public static VariantArgument Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || equals == text.Length - 1)
        {
            throw new UsageException($"'{text}' is not a variant.", "--variant", Form);
        }

        var model = text[(equals + 1)..];
        var colon = model.LastIndexOf(':');
        if (colon < 0)
        {
            return new(text[..equals], NamedVersion.Parse(model), null);
        }

        return double.TryParse(model.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) && double.IsFinite(weight)
            ? new(text[..equals], NamedVersion.Parse(model[..colon]), weight)
            : throw new UsageException($"'{model[(colon + 1)..]}' is not a weight in percent.", "--variant", Form);
    }

    /// <summary>The weights of all variants: as stated, or equal shares of 100 where none states one.</summary>
    /// <exception cref="UsageException">Some state one and some do not.</exception>
    public static IReadOnlyList<double> Weights(IReadOnlyList<VariantArgument> variants)
    {
        var stated = variants.Count(variant => variant.Weight is not null);
        return stated == 0 ? [.. variants.Select(_ => 100.0 / variants.Count)]
            : stated == variants.Count ? [.. variants.Select(variant => variant.Weight!.Value)]
            : throw new UsageException("Some variants state a weight and some do not.", "--variant", "State all weights, summing to 100, or none.");
    }
}
