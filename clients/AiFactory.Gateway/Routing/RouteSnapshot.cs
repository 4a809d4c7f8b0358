using System.Diagnostics.CodeAnalysis;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Protection;
using AiFactory.Gateway.Shadows;
using AiFactory.Gateway.Traffic;

namespace AiFactory.Gateway.Routing;

/// <summary>
/// A tenant's routes at one version. Never changes; endpoints that did not change, lanes, shields and counters are handed on from snapshot to snapshot, so
/// that a change costs what it changes.
/// </summary>
internal sealed class RouteSnapshot
{
    private readonly Dictionary<string, ServedEndpoint>.AlternateLookup<ReadOnlySpan<char>> _byName;

    private RouteSnapshot(string line, long version, Dictionary<string, ServedEndpoint> endpoints)
    {
        (Line, Version, Endpoints) = (line, version, endpoints);
        _byName = endpoints.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary><see cref="RouteChanges.Line"/>.</summary>
    public string Line { get; }

    public long Version { get; }

    /// <summary>By name. Read only.</summary>
    public Dictionary<string, ServedEndpoint> Endpoints { get; }

    /// <summary>An endpoint by a name that need be no string.</summary>
    public bool Find(ReadOnlySpan<char> name, [MaybeNullWhen(false)] out ServedEndpoint endpoint) => _byName.TryGetValue(name, out endpoint);

    /// <param name="previous">What the changes are to be made to; null: nothing is known, and they are whole.</param>
    /// <param name="lanes">Of the tenant's routes.</param>
    public static RouteSnapshot Build(RouteChanges changes, RouteSnapshot? previous, RouteLanes lanes, TimeProvider time)
    {
        var present = previous?.Endpoints ?? [];
        var endpoints = new Dictionary<string, ServedEndpoint>(changes.Whole ? [] : present, StringComparer.Ordinal);
        foreach (var route in changes.Routes)
        {
            endpoints.Remove(route.Endpoint);
            if (route.Variants.Count > 0)
            {
                var chosen = lanes.For(route.Endpoint);
                endpoints.Add(route.Endpoint, Serve(route, chosen));
                chosen.Settle();
            }
        }

        foreach (var gone in changes.Gone)
        {
            endpoints.Remove(gone);
        }

        foreach (var gone in changes.Whole ? present.Keys : changes.Gone.Concat(changes.Routes.Select(route => route.Endpoint)))
        {
            if (!endpoints.ContainsKey(gone))
            {
                lanes.Forget(gone);
            }
        }

        return new(changes.Line, changes.Version, endpoints);

        ServedEndpoint Serve(EndpointRoute route, RouteLanes.Choice chosen)
        {
            var shield = EndpointShield.Next(route, previous?.Endpoints.GetValueOrDefault(route.Endpoint)?.Shield, time);
            var variants = ServeVariants(route, shield, chosen);
            return new(route, variants, time)
            {
                Shield = shield,
                Shadows = route.Shadows is { Count: > 0 } shadows ? [.. shadows.Select(shadow => ServeShadow(route, shadow, variants[0].Reader, chosen))] : null,
            };
        }

        ServedVariant[] ServeVariants(EndpointRoute route, EndpointShield shield, RouteLanes.Choice chosen)
        {
            var readers = new List<(IReadOnlyList<TensorSpec> Inputs, FeatureRowReader Reader)>();
            return [.. route.Variants.Select(variant => new ServedVariant(route, variant, ReaderOf(route, variant, readers), [.. variant.Replicas.Select(worker => chosen.To(variant, worker))],
                previous?.CountersOf(route.Endpoint, variant))
            {
                Shield = shield.Of(variant),
            })];
        }

        ServedShadow ServeShadow(EndpointRoute route, ShadowRoute shadow, FeatureRowReader reader, RouteLanes.Choice chosen) => new(
            route,
            shadow,
            new ServedVariant(route, shadow.Variant, reader, [.. shadow.Variant.Replicas.Select(worker => chosen.To(shadow.Variant, worker, shadow: true))])
            {
                Shield = new(route.Endpoint, shadow.Variant, ServingTerms.Default, previous: null, time),
            },
            previous?.TallyOf(route, shadow));
    }

    private ShadowTally? TallyOf(EndpointRoute route, ShadowRoute shadow) =>
        Endpoints.TryGetValue(route.Endpoint, out var served) && served.Route.Revision == route.Revision
            ? Array.Find(served.Shadows ?? [], kept => kept.Variant.Route.Name == shadow.Variant.Name)?.Tally
            : null;

    private VariantCounters? CountersOf(string endpoint, VariantRoute variant) =>
        Endpoints.TryGetValue(endpoint, out var served)
            ? Array.Find(served.Variants, kept => kept.Route.Name == variant.Name && kept.Route.Model == variant.Model)?.Counters
            : null;

    private static FeatureRowReader ReaderOf(EndpointRoute route, VariantRoute variant, List<(IReadOnlyList<TensorSpec> Inputs, FeatureRowReader Reader)> readers)
    {
        foreach (var (inputs, reader) in readers)
        {
            if (inputs.SequenceEqual(variant.Signature.Inputs, SameTensor.Instance))
            {
                return reader;
            }
        }

        var made = new FeatureRowReader(variant.Signature.Inputs, route.KeyField);
        readers.Add((variant.Signature.Inputs, made));
        return made;
    }

    private sealed class SameTensor : IEqualityComparer<TensorSpec>
    {
        public static readonly SameTensor Instance = new();

        public bool Equals(TensorSpec? x, TensorSpec? y) =>
            x is not null && y is not null && x.Name == y.Name && x.DataType == y.DataType && x.RowShape.SequenceEqual(y.RowShape);

        public int GetHashCode(TensorSpec tensor) => tensor.Name.GetHashCode(StringComparison.Ordinal);
    }
}
