using System.Net.Http.Headers;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Gateway.Fakes;
using AiFactory.Gateway.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Gateway.Caching;

public sealed class CachedDecisionTests
{
    private const string Path = "/v1/endpoints/churn/decisions";

    [Fact]
    public async Task Decide_SameInputAgain_IsAnsweredWithoutAWorkerAndRecordedApart()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(new(Cache: new())));

        var first = await host.Post(Path, Body("c1", 1));
        var second = await host.Post(Path, Body("c2", 1));

        Assert.Equal((200, 200), (first.Status, second.Status));
        Assert.False(first.Json.TryGetProperty("kind", out _));
        Assert.Equal("cached", second.Json.GetProperty("kind").GetString());
        Assert.Equal(first.Json.GetProperty("score").GetDouble(), second.Json.GetProperty("score").GetDouble());
        Assert.NotEqual(first.Json.GetProperty("decisionId").GetString(), second.Json.GetProperty("decisionId").GetString());
        Assert.Single(host.Worker().Messages);
        var (made, repeated) = (host.Log.Decisions[0], host.Log.Decisions[1]);
        Assert.Equal((DecisionKind.Model, -1L), (made.Kind, made.Original));
        Assert.Equal((DecisionKind.Cached, 0L, "a", "", 0L, "c2"), (repeated.Kind, repeated.Original, repeated.Variant, repeated.Assigned, (long)repeated.Cost.Value, repeated.Unit));
        Assert.Equal(("", 0, 0L), (repeated.Worker, repeated.BatchRows, repeated.DeviceNanoseconds));
        Assert.True(made.Outputs.Span.SequenceEqual(repeated.Outputs.Span));
    }

    [Fact]
    public async Task Decide_OtherInputOrOtherVersion_AsksTheWorker()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(new(Cache: new())));
        await host.Post(Path, Body("c1", 1));
        await host.Post(Path, Body("c1", 2));
        var next = Route(new(Cache: new()));
        await host.Publish(next with { Revision = 4, Variants = [next.Variants[0] with { Model = new("default", "churn-mlp", 2) }] });
        await host.Post(Path, Body("c1", 1));

        Assert.Equal(3, host.Worker().Messages.Count);
        Assert.All(host.Log.Decisions, decision => Assert.Equal(DecisionKind.Model, decision.Kind));
    }

    [Fact]
    public async Task Decide_SameInputAtTheSameTime_IsComputedOnce()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(new(Cache: new())));
        host.Worker().Hold();
        var first = host.Post(Path, Body("c1", 1));
        await Condition.Until(() => host.Worker().Messages.Count == 1);
        var others = Enumerable.Range(0, 5).Select(i => host.Post(Path, Body($"d{i}", 1))).ToArray();
        await Condition.Until(() => Flights(host).Waiters == 5);
        host.Worker().Release(1);

        Assert.False((await first).Json.TryGetProperty("kind", out _));
        Assert.All(await Task.WhenAll(others), answer => Assert.Equal("cached", answer.Json.GetProperty("kind").GetString()));
        Assert.Single(host.Worker().Messages);
        Assert.All(host.Log.Decisions.Skip(1), decision => Assert.Equal((DecisionKind.Cached, 0L, 0L), (decision.Kind, decision.Original, (long)decision.Cost.Value)));
        Assert.Equal((0, 0), (Flights(host).Count, Flights(host).Waiters));
        Assert.Equal((5L, 1L), (Cache(host).Hits, Cache(host).Misses));
    }

    [Fact]
    public async Task Decide_TheFirstOfSeveralFails_TheOthersAreComputed()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(new(Cache: new())));
        host.Worker().Hold();
        host.Worker().Failure = _ => host.Worker().Messages.Count == 1 ? new InvalidOperationException("broken") : null;
        var first = host.Post(Path, Body("c1", 1));
        await Condition.Until(() => host.Worker().Messages.Count == 1);
        var others = Enumerable.Range(0, 3).Select(i => host.Post(Path, Body($"d{i}", 1))).ToArray();
        await Condition.Until(() => Flights(host).Waiters == 3);
        host.Worker().Release(10);

        Assert.Equal(500, (await first).Status);
        Assert.All(await Task.WhenAll(others), answer => Assert.Equal(200, answer.Status));
        Assert.Equal((0, 0), (Flights(host).Count, Flights(host).Waiters));
    }

    [Fact]
    public async Task Decide_TheCallerOfTheFirstGoesAway_TheOthersAreComputed()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(new(Cache: new())));
        host.Worker().Hold();
        using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var content = new StringContent(Body("c1", 1), MediaTypeHeaderValue.Parse("application/json"));
        var first = host.Client.PostAsync(new Uri(Path, UriKind.Relative), content, hangUp.Token);
        await Condition.Until(() => host.Worker().Messages.Count == 1);
        var other = host.Post(Path, Body("d", 1));
        await Condition.Until(() => Flights(host).Waiters == 1);

        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        host.Worker().Release(10);

        Assert.False((await other).Json.TryGetProperty("kind", out _));
        Assert.Equal((1, 0), (host.Log.Decisions.Count, Flights(host).Waiters));
    }

    [Fact]
    public async Task Decide_MoreUrgentThanTheFirst_DoesNotWaitForIt()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(new(Cache: new())));
        host.Worker().Hold();
        var first = host.Post(Path, Body("c1", 1), headers: ("X-Priority", "3"));
        await Condition.Until(() => host.Worker().Messages.Count == 1);
        var urgent = host.Post(Path, Body("c2", 1), headers: ("X-Priority", "1"));
        await Condition.Until(() => host.Worker().Messages.Count == 2);
        host.Worker().Release(10);

        Assert.Equal((200, 200), ((await first).Status, (await urgent).Status));
        Assert.All(host.Log.Decisions, decision => Assert.Equal(DecisionKind.Model, decision.Kind));
    }

    [Fact]
    public async Task Decide_EqualInstancesOfOneRequest_AllAreAnswered()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(new(Cache: new())));

        var answer = await host.Post(Path, $"{{\"instances\":[{Body("c1", 1)},{Body("c2", 1)},{Body("c3", 1)}]}}");

        Assert.Equal((200, 3), (answer.Status, answer.Json.GetProperty("decisions").GetArrayLength()));
    }

    [Fact]
    public void Join_BeyondTheBounds_NeitherLeadsNorWaits()
    {
        var flights = new AnswerFlights(flightsMax: 1, waitersMax: 1);
        var flight = flights.Join(1, RequestPriority.Normal, out var leads)!;
        Assert.True(leads);
        Assert.Null(flights.Join(2, RequestPriority.Normal, out leads));
        Assert.False(leads);
        Assert.Same(flight, flights.Join(1, RequestPriority.Normal, out leads));
        Assert.Null(flights.Join(1, RequestPriority.Low, out leads));
        Assert.False(leads);

        flight.Land();
        Assert.NotNull(flights.Join(2, RequestPriority.Normal, out leads));
        Assert.True(leads);
    }

    [Fact]
    public async Task Decide_Failure_IsNotKept()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(new(Cache: new())));
        host.Worker().Failure = _ => new InvalidOperationException("broken");
        Assert.Equal(500, (await host.Post(Path, Body("c1", 1))).Status);
        host.Worker().Failure = null;

        Assert.False((await host.Post(Path, Body("c1", 1))).Json.TryGetProperty("kind", out _));
    }

    [Fact]
    public async Task Decide_Instances_AreLookedUpEach()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(new(Cache: new())));
        await host.Post(Path, Body("c1", 1));

        var answer = await host.Post(Path, $"{{\"instances\":[{Body("c1", 1)},{Body("c2", 5)}]}}");

        var decisions = answer.Json.GetProperty("decisions");
        Assert.Equal("cached", decisions[0].GetProperty("kind").GetString());
        Assert.False(decisions[1].TryGetProperty("kind", out _));
    }

    [Fact]
    public async Task Decide_WorkersGone_TheOldAnswerServesAsFallback()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Route(new(Cache: new(SecondsMax: 1e-6), Fallbacks: [new(FallbackKind.Cached)])));
        await host.Post(Path, Body("c1", 1));
        host.Worker().Failure = _ => new SiloUnavailableException("gone");

        var answer = await host.Post(Path, Body("c1", 1));

        Assert.Equal(("cached", "a"), (answer.Json.GetProperty("kind").GetString(), answer.Json.GetProperty("assigned").GetString()));
        Assert.Equal((DecisionKind.Cached, 0L, "a"), (host.Log.Decisions[1].Kind, host.Log.Decisions[1].Original, host.Log.Decisions[1].Assigned));
        (await host.Post(Path, Body("c1", 7))).Problem(503, "workers-unavailable");
    }

    private static AnswerFlights Flights(GatewayHost host) => Cache(host).Flights;

    private static AnswerCache Cache(GatewayHost host) => host.Services.GetRequiredService<RoutingSnapshots>().Snapshots.Single().Snapshot.Endpoints["churn"].Shield.Cache!;

    private static EndpointRoute Route(ServingTerms serving) => Routes.Churn() with { Serving = serving };

    private static string Body(string customer, int age) => $"{{\"age\":{age},\"spend\":0,\"customer\":\"{customer}\"}}";
}
