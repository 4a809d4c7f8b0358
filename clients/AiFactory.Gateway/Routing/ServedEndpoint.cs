using System.Globalization;
using System.Text.Json;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Protection;
using AiFactory.Gateway.Shadows;
using AiFactory.Gateway.Workers;

namespace AiFactory.Gateway.Routing;

/// <summary>An endpoint as a gateway serves it.</summary>
internal sealed class ServedEndpoint
{
    private const double Buckets = 10_000;
    private readonly RequestPriority _priority;
    private readonly int _objectiveMicroseconds;
    private readonly long _timeoutTicks;

    public ServedEndpoint(EndpointRoute route, ServedVariant[] variants, TimeProvider time)
    {
        var serving = route.Serving ?? ServingTerms.Default;
        _priority = serving.Priority;
        _objectiveMicroseconds = (int)Math.Clamp(serving.ObjectiveMs * 1000, 1, int.MaxValue);
        _timeoutTicks = (long)Math.Min(serving.TimeoutMs / 1000 * time.TimestampFrequency, long.MaxValue / 4);
        ShedsByObjective = serving.LatencyObjectiveMs is not null;
        (Route, Variants) = (route, variants);
        Stopped = route.Suspended is null ? null : new("endpoint-stopped", RefusalKind.Unavailable, $"Endpoint '{route.Endpoint}' is stopped: {route.Suspended}", route.Endpoint,
            $"It answers again after: factory endpoint start {route.Endpoint}");
        NameJson = JsonSerializer.SerializeToUtf8Bytes(route.Endpoint);
        OneReader = variants.All(variant => variant.Reader == variants[0].Reader);
    }

    public EndpointRoute Route { get; }

    /// <summary>What protects it at this gateway.</summary>
    public required EndpointShield Shield { get; init; }

    public ServedVariant[] Variants { get; }

    /// <summary>Models that see requests and answer none; null: there are none.</summary>
    public ServedShadow[]? Shadows { get; init; }

    /// <summary>Why no model of it answers at present; null: they do.</summary>
    public Refusal? Stopped { get; }

    public byte[] NameJson { get; }

    /// <summary>Whether a request that would miss the objective for the work before it is refused.</summary>
    public bool ShedsByObjective { get; }

    /// <summary>Whether all variants take the same inputs, so that a request can be read before its variant is known.</summary>
    public bool OneReader { get; }

    /// <summary>Gives a request the endpoint's class, objective and deadline.</summary>
    /// <param name="arrivedAt">Timestamp of the TimeProvider.</param>
    public void Prepare(PendingInference rows, long arrivedAt) =>
        (rows.Priority, rows.ObjectiveMicroseconds, rows.DeadlineAt) = (_priority, _objectiveMicroseconds, arrivedAt + _timeoutTicks);

    /// <summary>The variant that a caller means: by its name, by its model as <c>name@version</c>, or by the version's number where only one variant has it.</summary>
    /// <exception cref="RefusedException"><c>version-not-found</c>, naming those there are.</exception>
    public ServedVariant Version(string version)
    {
        var found = Array.Find(Variants, variant => variant.Route.Name == version) ?? Array.Find(Variants, variant => variant.ModelText == version);
        if (found is null && int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && Array.FindAll(Variants, variant => variant.Route.Model.Version == number) is [var only])
        {
            found = only;
        }

        return found ?? throw new RefusedException(new("version-not-found", RefusalKind.NotFound, $"Endpoint '{Route.Endpoint}' serves no version '{version}'.", version,
            $"Name a variant or its model version: {string.Join(", ", Variants.Select(variant => $"{variant.Route.Name} ({variant.ModelText})"))}."));
    }

    /// <summary>The variant whose share of the hash range the bucket falls into.</summary>
    /// <param name="bucket">0 to 9999.</param>
    public ServedVariant Choose(int bucket)
    {
        var point = bucket / Buckets;
        foreach (var variant in Variants)
        {
            if (variant.Route.From <= point && point < variant.Route.To)
            {
                return variant;
            }
        }

        return Variants[^1];
    }
}
