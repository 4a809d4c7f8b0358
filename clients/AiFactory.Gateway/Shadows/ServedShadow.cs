using System.Diagnostics;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Gateway.Routing;

namespace AiFactory.Gateway.Shadows;

/// <summary>A shadow as a gateway serves it, made ready once a route changes.</summary>
internal sealed class ServedShadow
{
    private const int Buckets = 10_000;

    private readonly Dictionary<string, OutputComparison> _comparisons;
    private readonly string _salt;
    private readonly int _sampled;
    private readonly TagList _tags;

    /// <param name="variant">The shadow's model and the ways to it.</param>
    /// <param name="tally">Of the same shadow before the route changed; null: there is none.</param>
    public ServedShadow(EndpointRoute endpoint, ShadowRoute route, ServedVariant variant, ShadowTally? tally)
    {
        (Variant, Tally) = (variant, tally ?? new());
        _comparisons = endpoint.Variants.ToDictionary(answering => answering.Name, answering => new OutputComparison(answering, route.Variant), StringComparer.Ordinal);
        // Another salt than the variants', or a shadow would see the requests of one variant before those of another.
        _salt = $"{endpoint.Salt}/shadow/{route.Variant.Name}";
        _tags = new() { { "endpoint", endpoint.Endpoint }, { "shadow", route.Variant.Name }, { "version", variant.ModelText } };
        _sampled = (int)Math.Ceiling(Math.Round(route.Percent / 100 * Buckets, 6));
    }

    public ServedVariant Variant { get; }

    public ShadowTally Tally { get; }

    public ref readonly TagList Tags => ref _tags;

    /// <summary>Whether a request is mirrored; the same request always is, or never.</summary>
    public bool Samples(string requestId) => _sampled >= Buckets || Assignment.Bucket(_salt, requestId) < _sampled;

    /// <summary>How the shadow's outputs are held against a variant's.</summary>
    public OutputComparison ComparisonWith(ServedVariant answering) => _comparisons[answering.Route.Name];
}
