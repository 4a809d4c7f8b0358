using System.Globalization;
using System.Text.Json;
using AiFactory.Cli.CommandLine;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Workers;

namespace AiFactory.Cli.Endpoints;

/// <summary>Serving terms as users write them.</summary>
internal static class ServingArguments
{
    /// <summary><c>2..8</c>, <c>2..</c> or <c>3</c>.</summary>
    public static ReplicaBounds Replicas(string text)
    {
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        var (min, max) = dots < 0 ? (text, text) : (text[..dots], text[(dots + 2)..]);
        return int.TryParse(min, NumberStyles.None, CultureInfo.InvariantCulture, out var least) && (max.Length == 0 || int.TryParse(max, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            ? new(least, max.Length == 0 ? 0 : int.Parse(max, CultureInfo.InvariantCulture))
            : throw new UsageException($"'{text}' is no number of replicas.", "--replicas", "Write MIN..MAX, e.g. --replicas 1..4, or one number.");
    }

    /// <summary><c>SHARE[,REQUESTS[,WINDOW[,PAUSE]]]</c>, e.g. <c>0.5,20,10,5</c>.</summary>
    public static BreakerTerms Breaker(string text)
    {
        var parts = text.Split(',');
        var numbers = new double[4];
        var defaults = BreakerTerms.Default;
        (numbers[0], numbers[1], numbers[2], numbers[3]) = (defaults.ErrorFraction, defaults.RequestsMin, defaults.WindowSeconds, defaults.OpenSeconds);
        for (var i = 0; i < parts.Length; i++)
        {
            if (i >= numbers.Length || !double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]))
            {
                throw new UsageException($"'{text}' is no breaker.", "--breaker", "Write SHARE[,REQUESTS[,WINDOW[,PAUSE]]], e.g. --breaker 0.5,20,10,5.");
            }
        }

        return new(numbers[0], (int)numbers[1], numbers[2], numbers[3]);
    }

    /// <summary>The devices asked for; null: any.</summary>
    public static PlacementTerms? Placement(string[]? tiers, string? deviceModel) =>
        tiers is { Length: > 0 } || deviceModel is not null ? new(tiers is { Length: > 0 } ? tiers : null, deviceModel) : null;

    /// <summary><c>variant:NAME</c>, <c>cached</c> or <c>default:JSON</c>, the JSON an object of outputs.</summary>
    public static FallbackStep Fallback(string text)
    {
        if (text == "cached")
        {
            return new(FallbackKind.Cached);
        }

        if (text.StartsWith("variant:", StringComparison.Ordinal) && text.Length > "variant:".Length)
        {
            return new(FallbackKind.Variant, text["variant:".Length..]);
        }

        if (text.StartsWith("default:", StringComparison.Ordinal))
        {
            try
            {
                var outputs = JsonElement.Parse(text.AsSpan("default:".Length));
                if (outputs.ValueKind == JsonValueKind.Object)
                {
                    return new(FallbackKind.Default, Outputs: outputs.EnumerateObject().ToDictionary(output => output.Name, output => output.Value));
                }
            }
            catch (JsonException)
            {
                // Told below, with how it is written.
            }
        }

        throw new UsageException($"'{text}' is no fallback.", "--fallback", "Write variant:NAME, cached, or default:JSON, e.g. --fallback 'default:{\"probability\":[0.5]}'.");
    }
}
