using System.Collections.Frozen;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Protection;
using AiFactory.Gateway.Traffic;
using AiFactory.Gateway.Workers;
using AiFactory.Grains.Workers;

namespace AiFactory.Gateway.Routing;

/// <summary>A tenant's routes at one version. Never changes; lanes, shields and counters are handed on from snapshot to snapshot.</summary>
internal sealed class RouteSnapshot
{
    private readonly Dictionary<(ModelVersionKey Model, WorkerKey Worker), Lane> _lanes;

    private RouteSnapshot(long version, FrozenDictionary<string, ServedEndpoint> endpoints, Dictionary<(ModelVersionKey, WorkerKey), Lane> lanes) =>
        (Version, Endpoints, _lanes) = (version, endpoints, lanes);

    public long Version { get; }

    public FrozenDictionary<string, ServedEndpoint> Endpoints { get; }

    /// <param name="previous">Its lanes go on where model version and worker are the same, its counters where variant and model version are.</param>
    public static RouteSnapshot Build(RoutingTable table, RouteSnapshot? previous, IGrainFactory grains, ILocalWorkers? local, GatewayOptions options, TimeProvider time)
    {
        var lanes = new Dictionary<(ModelVersionKey, WorkerKey), Lane>();
        var endpoints = table.Routes.Where(route => route.Variants.Count > 0).Select(Serve).ToArray();
        return new(table.Version, endpoints.ToFrozenDictionary(endpoint => endpoint.Route.Endpoint, StringComparer.Ordinal), lanes);

        ServedEndpoint Serve(EndpointRoute route)
        {
            var shield = EndpointShield.Next(route, previous?.Endpoints.GetValueOrDefault(route.Endpoint)?.Shield, time);
            return new(route, ServeVariants(route, shield), time) { Shield = shield };
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

        Lane LaneTo(VariantRoute variant, WorkerKey worker)
        {
            var key = (variant.Model, worker);
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
