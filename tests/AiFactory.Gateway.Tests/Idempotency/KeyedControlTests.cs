using AiFactory.Gateway.Fakes;
using AiFactory.Grains.Training;

namespace AiFactory.Gateway.Idempotency;

public sealed class KeyedControlTests
{
    private const string Spec = """{"variants":[{"name":"a","model":{"tenant":"other","model":"m","version":1},"weight":100}],"keyField":"customer"}""";
    private const string Run = """{"model":"churn-mlp","dataset":{"tenant":"other","dataset":"churn","version":0},"label":"churn","trainer":"mlp"}""";

    private static readonly (string, string) Key = ("Idempotency-Key", "8E03978E-40D5");

    [Fact]
    public async Task Put_SameKeyAgain_IsOneRevision()
    {
        await using var host = await Start();

        var first = await Deploy(host, Spec);
        var again = await Deploy(host, Spec);

        Assert.Equal((200, false), (first.Status, first.Replayed));
        Assert.Equal(first with { Replayed = true }, again);
        Assert.Equal(1, (await host.Get("/v1/endpoints/churn")).Json.GetProperty("revision").GetInt64());
    }

    [Fact]
    public async Task Put_OtherBodyUnderTheKey_Is422()
    {
        await using var host = await Start();
        await Deploy(host, Spec);

        (await Deploy(host, Spec.Replace("customer", "client", StringComparison.Ordinal))).Problem(422, "idempotency-key-reused");
    }

    [Fact]
    public async Task Post_SameKeyAgain_GivesStatusAndLocationAgain()
    {
        await using var host = await GatewayHost.Start();

        var first = await host.Post("/v1/training-runs", Run, headers: Key);
        var again = await host.Post("/v1/training-runs", Run, headers: Key);

        Assert.Equal(202, first.Status);
        Assert.NotNull(first.Location);
        Assert.Equal(first with { Replayed = true }, again);
    }

    [Fact]
    public async Task Post_SecretAnswer_IsNotKept()
    {
        await using var host = await GatewayHost.Start();

        var first = await host.Post("/v1/tenant/api-keys", "", headers: Key);

        Assert.Equal(200, first.Status);
        Assert.Empty(host.Keyed(Key.Item2).Calls);
    }

    [Fact]
    public async Task Post_Refused_IsJudgedAnew()
    {
        await using var host = await GatewayHost.Start();
        var upload = ("/v1/datasets/churn/ingestions", "a,b\n1,2\n");

        Assert.Equal(415, (await host.Post(upload.Item1, upload.Item2, "text/plain", Key)).Status);

        Assert.Empty(host.Keyed(Key.Item2).Calls);
    }

    [Fact]
    public async Task Post_File_IsOneIngestion()
    {
        await using var host = await GatewayHost.Start();

        var first = await host.Post("/v1/datasets/churn/ingestions", "a,b\n1,2\n", "text/csv", Key);
        var again = await host.Post("/v1/datasets/churn/ingestions", "a,b\n1,2\n", "text/csv", Key);

        Assert.Equal(202, first.Status);
        Assert.Equal(first with { Replayed = true }, again);
    }

    [Fact]
    public async Task Post_SiloFailsOnceWithKey_IsTriedAgain()
    {
        await using var host = await GatewayHost.Start(options => options.FailoverWait = TimeSpan.FromSeconds(30));
        var run = (FakeTrainingRun)host.Grains.GetGrain<ITrainingRunGrain>("default/my-run");
        run.Failures.Enqueue(new SiloUnavailableException("Gone."));

        var answer = await host.Post("/v1/training-runs", Run, headers: ("Idempotency-Key", "my-run"));

        Assert.Equal(202, answer.Status);
    }

    [Fact]
    public async Task Get_SiloFailsOnce_IsTriedAgain()
    {
        await using var host = await GatewayHost.Start(options => options.FailoverWait = TimeSpan.FromSeconds(30));
        await host.Post("/v1/training-runs", Run, headers: ("Idempotency-Key", "my-run"));
        var run = (FakeTrainingRun)host.Grains.GetGrain<ITrainingRunGrain>("default/my-run");
        run.Failures.Enqueue(new SiloUnavailableException("Gone."));

        Assert.Equal(200, (await host.Get("/v1/training-runs/my-run")).Status);
    }

    [Fact]
    public async Task Post_SiloFailsWithoutKey_Is503WithRetryAfter()
    {
        await using var host = await GatewayHost.Start(options => options.FailoverWait = TimeSpan.FromSeconds(30));
        await host.Post("/v1/training-runs", Run, headers: ("Idempotency-Key", "my-run"));
        var run = (FakeTrainingRun)host.Grains.GetGrain<ITrainingRunGrain>("default/my-run");
        run.Failures.Enqueue(new Orleans.Storage.InconsistentStateException("Two of them."));

        var answer = await host.Post("/v1/training-runs/my-run/cancel", "");

        answer.Problem(503, "silo-unavailable");
        Assert.True(answer.RetryAfter);
        Assert.Empty(run.Failures);
    }

    private static async Task<GatewayHost> Start()
    {
        var host = await GatewayHost.Start();
        host.Worker().Signatures["default/m/1"] = Routes.Numeric();
        return host;
    }

    private static Task<Answer> Deploy(GatewayHost host, string spec) =>
        host.Send(HttpMethod.Put, "/v1/endpoints/churn", new StringContent(spec, System.Text.Encoding.UTF8, "application/json"), Key);
}
