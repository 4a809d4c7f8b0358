using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Decisions;

public sealed class ReplicaFailoverTests
{
    private const string Path = "/v1/endpoints/churn/decisions";
    private const string Body = """{"age":1,"spend":0,"customer":"c1"}""";

    [Fact]
    public async Task Decide_OneSiloGone_TheOtherReplicaAnswers()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn("customer", "silo-1/cpu-0", "silo-2/cpu-0"));
        host.Worker("silo-1/cpu-0").Failure = _ => new SiloUnavailableException("gone");

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(200, (await host.Post(Path, Body)).Status);
        }

        Assert.All(host.Log.Decisions, decision => Assert.Equal("silo-2/cpu-0", decision.Worker));
        Assert.True(host.Worker("silo-1/cpu-0").Messages.Count <= 1, "A worker that did not answer is passed over.");
    }

    [Fact]
    public async Task Decide_AllSilosGone_Is503WithRetryAfter()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn("customer", "silo-1/cpu-0", "silo-2/cpu-0"));
        host.Worker("silo-1/cpu-0").Failure = _ => new SiloUnavailableException("gone");
        host.Worker("silo-2/cpu-0").Failure = _ => new TimeoutException();

        var answer = await host.Post(Path, Body);

        answer.Problem(503, "workers-unavailable");
        Assert.True(answer.RetryAfter);
        Assert.Equal((1, 1), (host.Worker("silo-1/cpu-0").Messages.Count, host.Worker("silo-2/cpu-0").Messages.Count));
        Assert.Empty(host.Log.Decisions);
    }

    [Fact]
    public async Task Decide_NoReplica_Is503()
    {
        await using var host = await GatewayHost.Start();
        var route = Routes.Churn();
        await host.Publish(route with { Variants = [route.Variants[0] with { Replicas = [] }] });

        (await host.Post(Path, Body)).Problem(503, "replicas-missing");
    }

    [Fact]
    public async Task Decide_WorkerRefuses_AnswersItsRefusal()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        host.Worker().Failure = _ => new RefusedException(new("model-version-not-found", RefusalKind.NotFound, "There is no such version."));

        (await host.Post(Path, Body)).Problem(404, "model-version-not-found");
    }

    [Fact]
    public async Task Decide_WorkerFails_Is500WithTraceId()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        host.Worker().Failure = _ => new InvalidOperationException("secret");

        var answer = await host.Post(Path, Body);

        Assert.NotEmpty(answer.Problem(500, "fault").GetProperty("traceId").GetString()!);
        Assert.DoesNotContain("secret", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decide_LaneFull_Is503WithRetryAfter()
    {
        await using var host = await GatewayHost.Start(options => (options.LaneRowsMax, options.LaneMessagesMax) = (1, 1));
        await host.Publish(Routes.Churn());
        host.Worker().Hold();
        using var errors = new CountedErrors(host.Services);
        var first = host.Post(Path, Body);
        while (host.Worker().Messages.Count == 0)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        var second = await host.Post(Path, Body);
        host.Worker().Release(1);

        second.Problem(503, "workers-busy");
        Assert.Equal([("workers-busy", "churn")], errors.All);
        Assert.True(second.RetryAfter);
        Assert.Equal(200, (await first).Status);
    }

    [Fact]
    public async Task Decide_ClientGone_IsNotRecorded()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        host.Worker().Hold();
        using var gone = new CancellationTokenSource();
        using var content = new StringContent(Body, System.Text.Encoding.UTF8, "application/json");
        var asked = host.Client.PostAsync(Path, content, gone.Token);
        while (host.Worker().Messages.Count == 0)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        host.Worker().Release(2);

        Assert.Equal(200, (await host.Post(Path, Body)).Status);
        Assert.Single(host.Log.Decisions);
    }
}
