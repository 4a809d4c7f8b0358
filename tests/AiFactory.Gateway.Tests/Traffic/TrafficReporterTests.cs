using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Traffic;
using AiFactory.Gateway.Fakes;
using AiFactory.Grains.Endpoints;

namespace AiFactory.Gateway.Traffic;

public sealed class TrafficReporterTests
{
    private const string Path = "/v1/endpoints/churn/decisions";
    private const string Body = """{"age":1,"spend":0,"customer":"c1"}""";

    [Fact]
    public async Task Tell_AnswersAndFailures_AreReportedOnceAcrossRouteChanges()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        Assert.Equal(200, (await host.Post(Path, Body)).Status);
        await host.Publish(Routes.Churn() with { Generation = 9 });
        Assert.Equal(200, (await host.Post(Path, Body)).Status);
        host.Worker().Failure = _ => new InvalidOperationException("broken");
        Assert.Equal(500, (await host.Post(Path, Body)).Status);

        // The caller's own faults are no fault of the variant.
        Assert.Equal(400, (await host.Post(Path, "{")).Status);
        host.Worker().Failure = _ => new RefusedException(new("tensor-wrong", RefusalKind.Unprocessable, "No such shape."));
        Assert.Equal(422, (await host.Post(Path, Body)).Status);

        var traffic = (FakeTraffic)host.Grains.GetGrain<IEndpointTrafficGrain>("default/churn");
        await traffic.Until(reports => reports.Sum(report => report.Variants.Sum(variant => variant.Requests)) >= 3);
        var sum = traffic.Reports.SelectMany(report => report.Variants).Aggregate(VariantTraffic.Add);

        Assert.Equal(("a", 3L, 1L), (sum.Variant, sum.Requests, sum.Errors));
        Assert.True(sum.LatencySum > 0 && sum.LatencyMax <= sum.LatencySum && sum.QueueSum <= sum.LatencySum);
        Assert.Equal(traffic.Reports.Count, traffic.Reports.Select(report => report.Sequence).Distinct().Count());
        Assert.All(traffic.Reports, report => Assert.Equal("silo-1", report.Gateway));
    }

    [Fact]
    public async Task Tell_BreakerAndGivenAnswers_AreReportedWithTheVariant()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn() with { Serving = new(Breaker: new(0.01, 1, 60, 3600), Cache: new()) });
        Assert.Equal(200, (await host.Post(Path, Body)).Status);
        Assert.Equal(200, (await host.Post(Path, Body)).Status);
        host.Worker().Failure = _ => new InvalidOperationException("broken");
        Assert.Equal(500, (await host.Post(Path, """{"age":2,"spend":0,"customer":"c1"}""")).Status);
        (await host.Post(Path, """{"age":2,"spend":0,"customer":"c1"}""")).Problem(503, "breaker-open");

        var traffic = (FakeTraffic)host.Grains.GetGrain<IEndpointTrafficGrain>("default/churn");
        await traffic.Until(reports => reports.Sum(report => report.Variants.Sum(variant => variant.Requests)) >= 3);
        var told = traffic.Reports.SelectMany(report => report.Variants).ToList();

        Assert.Equal((BreakerPhase.Open, 1L, 1L), (told[^1].Breaker, told.Sum(variant => variant.Cached), told.Aggregate(VariantTraffic.Add).Latencies!.Sum()));
    }
}
