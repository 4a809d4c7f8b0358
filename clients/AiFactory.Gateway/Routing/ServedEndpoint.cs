using System.Globalization;
using System.Text.Json;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;

namespace AiFactory.Gateway.Routing;

/// <summary>An endpoint as a gateway serves it.</summary>
internal sealed class ServedEndpoint
{
    private const double Buckets = 10_000;

    public ServedEndpoint(EndpointRoute route, ServedVariant[] variants)
    {
        (Route, Variants) = (route, variants);
        NameJson = JsonSerializer.SerializeToUtf8Bytes(route.Endpoint);
        var terms = route.Serving ?? ServingTerms.Default;
        Priority = terms.Priority;
        ObjectiveMicroseconds = (int)Math.Min(terms.LatencyObjectiveMs * 1000, int.MaxValue);
        TimeoutMicroseconds = (long)(terms.TimeoutMs * 1000);
        OneReader = variants.All(variant => variant.Reader == variants[0].Reader);
    }

    public EndpointRoute Route { get; }

    public ServedVariant[] Variants { get; }

    public byte[] NameJson { get; }

    /// <summary>Class of a request that names none.</summary>
    public RequestPriority Priority { get; }

    /// <summary>The latency objective.</summary>
    public int ObjectiveMicroseconds { get; }

    /// <summary>Time from arrival to the deadline of a request that names none.</summary>
    public long TimeoutMicroseconds { get; }

    /// <summary>Whether all variants take the same inputs, so that a request can be read before its variant is known.</summary>
    public bool OneReader { get; }

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
