using System.Collections.Frozen;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Protection;
using AiFactory.Gateway.Shadows;
using AiFactory.Gateway.Traffic;
using AiFactory.Gateway.Workers;
using AiFactory.Grains.Workers;

namespace AiFactory.Gateway.Routing;

/// <summary>A tenant's routes at one version. Never changes; lanes, shields and counters are handed on from snapshot to snapshot.</summary>
internal sealed class RouteSnapshot
{
    private readonly Dictionary<(ModelVersionKey Model, WorkerKey Worker, bool Shadow), Lane> _lanes;

    private RouteSnapshot(long version, FrozenDictionary<string, ServedEndpoint> endpoints, Dictionary<(ModelVersionKey, WorkerKey, bool), Lane> lanes) =>
        (Version, Endpoints, _lanes) = (version, endpoints, lanes);

    public long Version { get; }

    public FrozenDictionary<string, ServedEndpoint> Endpoints { get; }

    /// <param name="previous">Its lanes go on where model version and worker are the same, its counters where variant and model version are.</param>
    public static RouteSnapshot Build(RoutingTable table, RouteSnapshot? previous, IGrainFactory grains, ILocalWorkers? local, GatewayOptions options, TimeProvider time)
    {
        var lanes = new Dictionary<(ModelVersionKey, WorkerKey, bool), Lane>();
        var endpoints = table.Routes.Where(route => route.Variants.Count > 0).Select(Serve).ToArray();
        return new(table.Version, endpoints.ToFrozenDictionary(endpoint => endpoint.Route.Endpoint, StringComparer.Ordinal), lanes);

        ServedEndpoint Serve(EndpointRoute route)
        {
            var shield = EndpointShield.Next(route, previous?.Endpoints.GetValueOrDefault(route.Endpoint)?.Shield, time);
            var variants = ServeVariants(route, shield);
            return new(route, variants, time) { Shield = shield, Shadows = route.Shadows is { Count: > 0 } shadows ? [.. shadows.Select(shadow => ServeShadow(route, shadow, variants[0].Reader))] : null };
        }

        ServedVariant[] ServeVariants(EndpointRoute route, EndpointShield shield)
        {
            var readers = new List<(IReadOnlyList<TensorSpec> Inputs, FeatureRowReader Reader)>();
            return [.. route.Variants.Select(variant => new ServedVariant(route, variant, ReaderOf(route, variant, readers), [.. variant.Replicas.Select(worker => LaneTo(variant, worker))],
                previous?.CountersOf(route.Endpoint, variant))
            {
                Shield = shield.Of(variant),
            })];
        }

        // Lanes of its own, so that what waits there keeps nobody from being let in.
        ServedShadow ServeShadow(EndpointRoute route, ShadowRoute shadow, FeatureRowReader reader) => new(
            route,
            shadow,
            new ServedVariant(route, shadow.Variant, reader, [.. shadow.Variant.Replicas.Select(worker => LaneTo(shadow.Variant, worker, shadow: true))])
            {
                Shield = new(route.Endpoint, shadow.Variant, ServingTerms.Default, previous: null, time),
            },
            previous?.TallyOf(route, shadow));

        Lane LaneTo(VariantRoute variant, WorkerKey worker, bool shadow = false)
        {
            var key = (variant.Model, worker, shadow);
            if (!lanes.TryGetValue(key, out var lane))
            {
                lane = previous?._lanes.GetValueOrDefault(key) ?? NewLane(variant.Model.ToGrainKey(), worker, new(variant.Signature.Outputs));
                lanes.Add(key, lane);
            }

            return lane;
        }

        Lane NewLane(string model, WorkerKey worker, PackedRows outputs) => local?.Find(worker) is { } beside
            ? new DirectLane(beside, worker, model, outputs, options, time)
            : new MessageLane(grains.GetGrain<IWorkerGrain>(worker.ToGrainKey()), worker, model, outputs, options, time);
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
