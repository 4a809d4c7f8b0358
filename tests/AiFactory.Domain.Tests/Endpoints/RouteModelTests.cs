using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;
using CsCheck;

namespace AiFactory.Domain.Tests.Endpoints;

/// <summary>An endpoint under any sequence of changes, its routes delivered late, twice and in any order.</summary>
public sealed class RouteModelTests
{
    private static readonly EndpointKey Key = new("t", "e");

    private enum Step
    {
        Deploy,
        Shift,
        ShiftStale,
        Promote,
        Rollback,
        Stop,
        Start,
        Undeploy,
        Scale,
        Follow,
        Deliver,
    }

    private static readonly Gen<(Step Step, int A, int B)[]> GenSteps = Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 1_000], Gen.Int[0, 1_000]).Array[1, 80];

    [Fact]
    public void Routes_AnyInterleaving_AssignEveryBucketAndLateOnesNeverWin() => GenSteps.Sample(
        steps =>
        {
            var world = new World();
            foreach (var (step, a, b) in steps)
            {
                world.Do(step, a, b);
                world.Check();
            }

            world.DeliverAll();
        },
        iter: 1_000);

    private sealed class World
    {
        private readonly List<(long Order, EndpointRoute? Route)> _published = [];
        private Endpoint? _endpoint;
        private EndpointRoute? _route;
        private EndpointRevision[] _history = [];
        private RouteBook _book = RouteBook.Empty;
        private long _revision;
        private long _order;

        public void Do(Step step, int a, int b)
        {
            var before = _endpoint;
            switch (step)
            {
                case Step.Deploy:
                    Deploy(new EndpointSpec([Variant("a", a % 101), Variant("b", 100 - (a % 101)), Variant("c", 0)]));
                    break;
                case Step.Promote when EndpointSwitches.Promote(_endpoint, Key, a % 2 == 0 ? "a" : "c") is { Granted: true, Value: var spec }:
                    Deploy(spec);
                    break;
                case Step.Rollback when _endpoint is not null && EndpointHistory.Find(_history, _endpoint, a % 2 == 0 ? null : a % 20) is { Granted: true, Value: var found }:
                    Deploy(found.Spec);
                    break;
                case Step.Shift when _endpoint is not null:
                    Change(EndpointSwitches.Shift(_endpoint, Key, _endpoint.Revision, Weights(a)).Value);
                    break;
                case Step.ShiftStale when _endpoint is not null:
                    Assert.Equal("endpoint-revision-stale", EndpointSwitches.Shift(_endpoint, Key, _endpoint.Revision - 1, Weights(a)).Refusal?.Code);
                    break;
                case Step.Stop:
                    Change(EndpointSwitches.Stop(_endpoint, Key, $"reason {a % 2}").Value);
                    break;
                case Step.Start:
                    Change(EndpointSwitches.Start(_endpoint, Key).Value);
                    break;
                case Step.Undeploy when EndpointRules.Undeploy(_endpoint, Key) is { Granted: true, Value: var undeployed } && undeployed != _endpoint:
                    (_endpoint, _route) = (undeployed, null);
                    _published.Add((undeployed.Order, null));
                    break;
                case Step.Scale when _route is not null:
                    Republish(RouteRules.Scale(_route, "a", a % 5));
                    break;
                case Step.Follow when _route is not null:
                    var pool = new PoolView([.. Workers().Where((_, i) => ((a >> i) & 1) == 0).Select(worker => new PooledWorker(worker, new Device("cpu-0", DeviceKind.Cpu, "x"), WorkerStanding.Ready))], b % 2 == 0);
                    Republish(ReplicaRules.Follow(_route, pool, new Dictionary<ModelVersionKey, IReadOnlyList<WorkerKey>> { [Model("a")] = [.. Workers().Where((_, i) => ((b >> i) & 1) == 0)] }));
                    break;
                case Step.Deliver when _published.Count > 0:
                    Deliver(a % _published.Count);
                    break;
            }

            // Whatever happened, both only grow, and every change that gateways see has an order of its own.
            Assert.True(_endpoint is null || (_endpoint.Revision >= _revision && _endpoint.Order >= _order && _endpoint.Order >= _endpoint.Revision));
            Assert.True(ReferenceEquals(before, _endpoint) || _endpoint == before || _endpoint!.Order > _order);
            (_revision, _order) = (_endpoint?.Revision ?? 0, _endpoint?.Order ?? 0);
            Assert.True(_history.Length <= EndpointHistory.RevisionsMax);
        }

        public void Check()
        {
            Assert.Equal(_published.Count, _published.Select(published => published.Order).Distinct().Count());
            if (_route is null)
                return;
            Assert.Equal(100, _endpoint!.Spec.Variants.Sum(variant => variant.Weight), 6);
            Assert.Equal((0.0, 1.0), (_route.Variants[0].From, _route.Variants[^1].To));
            Assert.All(_route.Variants.Zip(_route.Variants.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
            for (var bucket = 0; bucket < 10_000; bucket += 97)
            {
                Assert.Single(_route.Variants, variant => variant.From <= bucket / 10_000.0 && bucket / 10_000.0 < variant.To);
            }

            Assert.All(_route.Variants, variant => Assert.NotEmpty(variant.Replicas));
            Assert.All(RouteRules.Active(_route), active => Assert.InRange(active.Value, 1, Workers().Length));
            Assert.InRange(Assignment.Point(_route.Salt, "unit"), 0, 1);
        }

        // What was never delivered comes at last, latest first: the table ends with the newest all the same.
        public void DeliverAll()
        {
            for (var i = _published.Count - 1; i >= 0; i--)
            {
                Deliver(i);
            }

            if (_published.Count > 0)
            {
                Assert.Equal(_published[^1].Order, _book.Find(Key.Endpoint)!.Generation);
                Assert.Same(_published[^1].Route, _book.Find(Key.Endpoint)!.Route);
            }
        }

        private void Deliver(int index)
        {
            var (order, route) = _published[index];
            var known = _book.Find(Key.Endpoint)?.Generation ?? 0;
            var next = route is null ? _book.Withdraw(Key.Endpoint, order) : _book.Publish(route);
            Assert.Equal(order > known ? _book.Version + 1 : _book.Version, next.Version);
            Assert.Equal(Math.Max(order, known), next.Find(Key.Endpoint)!.Generation);

            // A follower that applies changes knows what one knows that takes them whole.
            var changes = next.Since(_book.Version, "line");
            Assert.Equal(order > known ? 1 : 0, changes.Routes.Count + changes.Gone.Count);
            _book = next;
        }

        private void Deploy(EndpointSpec spec)
        {
            if (EndpointRules.Check(Key, spec) is not { Granted: true, Value: var own })
                return;
            _endpoint = EndpointRules.Deploy(_endpoint, Key, own, DateTimeOffset.UnixEpoch);
            _history = EndpointHistory.Keep(_history, _endpoint);
            var models = own.Variants.Select(variant => Version(variant.Model)).ToArray();
            Publish(RouteRules.Build(_endpoint, models, [.. models.Select(_ => (IReadOnlyList<WorkerKey>)Workers())]));
        }

        private void Republish(EndpointRoute next)
        {
            if (ReferenceEquals(next, _route))
                return;
            _endpoint = EndpointRules.Republish(_endpoint!);
            Publish(RouteRules.Follow(next, _endpoint));
        }

        private void Change(Endpoint? next)
        {
            if (next is null || next == _endpoint)
                return;
            _endpoint = next;
            if (_route is not null)
                Publish(RouteRules.Follow(_route, next));
        }

        private void Publish(EndpointRoute route)
        {
            _route = route;
            _published.Add((route.Order, route));
        }

        private static Dictionary<string, double> Weights(int a) => new() { ["a"] = a % 101, ["b"] = 100 - (a % 101), ["c"] = 0 };

        private static VariantSpec Variant(string name, double weight) => new(name, Model(name), weight);

        private static ModelVersionKey Model(string name) => new("t", name, 1);

        private static WorkerKey[] Workers() => [.. Enumerable.Range(0, 4).Select(index => new WorkerKey($"s{index}", "cpu-0"))];

        private static ModelVersion Version(ModelVersionKey key) => new(
            key.Model, key.Version, new string('a', 64), 1, new ModelSignature([], []), null, new ModelOrigin(null, null, null, "1"), "mlp", new Dictionary<string, string>(), null,
            new GateReport(true, []), default);
    }
}
