using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Workers;
using AiFactory.Grains.Workers;

namespace AiFactory.Gateway.Routing;

/// <summary>The lanes of a tenant's routes: one to each model version on each worker, and another for what shadows are sent, kept as long as some route leads there. For one thread at a time.</summary>
internal sealed class RouteLanes(IGrainFactory grains, ILocalWorkers? local, GatewayOptions options, TimeProvider time)
{
    private readonly Dictionary<LaneKey, (Lane Lane, int Routes)> _lanes = [];
    private readonly Dictionary<string, Dictionary<LaneKey, Lane>> _byEndpoint = new(StringComparer.Ordinal);

    /// <summary>Lanes in use.</summary>
    public int Count => _lanes.Count;

    /// <summary>Lanes for an endpoint's next route.</summary>
    public Choice For(string endpoint) => new(this, endpoint);

    /// <summary>An endpoint has no route any more.</summary>
    public void Forget(string endpoint) => Settle(endpoint, []);

    private void Settle(string endpoint, Dictionary<LaneKey, Lane> chosen)
    {
        foreach (var (key, lane) in chosen)
        {
            _lanes[key] = (lane, _lanes.GetValueOrDefault(key).Routes + 1);
        }

        if (_byEndpoint.Remove(endpoint, out var former))
        {
            foreach (var key in former.Keys)
            {
                var (lane, routes) = _lanes[key];
                if (routes > 1)
                {
                    _lanes[key] = (lane, routes - 1);
                }
                else
                {
                    _lanes.Remove(key);
                }
            }
        }

        if (chosen.Count > 0)
        {
            _byEndpoint[endpoint] = chosen;
        }
    }

    // A worker by its full name, which is also there while no silo with workers is up.
    private Lane Open(VariantRoute variant, WorkerKey worker)
    {
        var (model, outputs) = (variant.Model.ToGrainKey(), new PackedRows(variant.Signature.Outputs));
        return local?.Find(worker) is { } beside
            ? new DirectLane(beside, worker, model, outputs, options, time)
            : new MessageLane(grains.GetGrain<IWorkerGrain>(GrainId.Create(IWorkerGrain.GrainType, worker.ToGrainKey())), worker, model, outputs, options, time);
    }

    private readonly record struct LaneKey(ModelVersionKey Model, WorkerKey Worker, bool Shadow);

    /// <summary>Lanes of one route, that present routes share where they lead there too. Of no effect on them until it is settled.</summary>
    internal sealed class Choice(RouteLanes lanes, string endpoint)
    {
        private readonly Dictionary<LaneKey, Lane> _chosen = [];

        /// <param name="shadow">Whether mirrored requests go there: what waits among them keeps no other from being let in.</param>
        public Lane To(VariantRoute variant, WorkerKey worker, bool shadow = false)
        {
            var key = new LaneKey(variant.Model, worker, shadow);
            if (!_chosen.TryGetValue(key, out var lane))
            {
                lane = lanes._lanes.TryGetValue(key, out var present) ? present.Lane : lanes.Open(variant, worker);
                _chosen.Add(key, lane);
            }

            return lane;
        }

        /// <summary>From here on they are the endpoint's, in place of those it had.</summary>
        public void Settle() => lanes.Settle(endpoint, _chosen);
    }
}
