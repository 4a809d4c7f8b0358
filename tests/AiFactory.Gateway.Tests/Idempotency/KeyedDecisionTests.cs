using System.Globalization;
using AiFactory.Domain.Decisions;
using AiFactory.Gateway.Fakes;
using AiFactory.Gateway.Grpc;
using AiFactory.Gateway.Grpc.Protocol;
using AiFactory.Gateway.Routing;
using AiFactory.Grains.Decisions;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Gateway.Idempotency;

public sealed class KeyedDecisionTests
{
    private const string Path = "/v1/endpoints/churn/decisions";
    private const string V2 = "/v2/models/churn/infer";
    private const string Body = """{"age":0.75,"spend":10,"customer":"C1"}""";
    private const string Several = """{"instances":[{"age":0.1,"spend":1,"customer":"C1"},{"age":0.9,"spend":2,"customer":"C2"},{"age":0.7,"spend":3,"customer":"C3"}]}""";
    private const string Tensors = """{"id":"mine","inputs":[{"name":"age","shape":[1,1],"datatype":"FP32","data":[0.25]},{"name":"spend","shape":[1,1],"datatype":"FP32","data":[3]}]}""";

    private static readonly (string, string) Key = ("Idempotency-Key", "key-1");

    public static TheoryData<string, string> Requests => new() { { Path, Body }, { Path, Several }, { V2, Tensors } };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Decide_SameKeyAgain_IsOneDecision(string path, string body)
    {
        await using var host = await Start();

        var first = await host.Post(path, body, headers: Key);
        var made = host.Log.Decisions.Count;
        var again = await host.Post(path, body, headers: Key);

        Assert.Equal((200, false), (first.Status, first.Replayed));
        Assert.Equal(first with { Replayed = true }, again);
        Assert.Equal(made, host.Log.Decisions.Count);
    }

    [Fact]
    public async Task Decide_SameKeyAtAnotherGateway_GivesTheFirstAnswer()
    {
        await using var host = await Start();
        await using var other = await Beside(host);

        var first = await host.Post(Path, Body, headers: Key);
        var again = await other.Post(Path, Body, headers: Key);

        Assert.Equal(first with { Replayed = true }, again);
        Assert.Empty(other.Log.Decisions);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Decide_GatewayDiedAfterTheRecord_IsFoundInItsLog(string path, string body)
    {
        await using var host = await Start();
        await using var other = await Beside(host);
        var expected = await host.Post(path, body, headers: ("Idempotency-Key", "twin"));
        var made = host.Log.Decisions.Count;
        host.Keyed("key-1").Failure = new SiloUnavailableException("Gone.");
        Assert.Equal((503, true), await StatusOf(host.Post(path, body, headers: Key)));
        (host.Keyed("key-1").Failure, host.Keyed("key-1").LeaseOver) = (null, true);

        var answer = await other.Post(path, body, headers: Key);

        Assert.Equal(200, answer.Status);
        Assert.Equal(2 * made, host.Log.Decisions.Count);
        Assert.Empty(other.Log.Decisions);
        var addresses = host.Log.AddressesOf(_ => true);
        var text = expected.Text;
        for (var i = 0; i < made; i++)
        {
            text = text.Replace(Id(addresses[i]), Id(addresses[made + i]), StringComparison.Ordinal);
        }

        Assert.Equal(text, answer.Text);
    }

    [Fact]
    public async Task Decide_GatewayDiedHalfWay_OnlyTheRestIsDecided()
    {
        await using var host = await Start();
        await using var other = await Beside(host);
        host.Keyed("key-1").Failure = new SiloUnavailableException("Gone.");
        await host.Post(Path, Several, headers: Key);
        (host.Keyed("key-1").Failure, host.Keyed("key-1").LeaseOver) = (null, true);
        host.Log.Forget(host.Log.Decisions.Count - 1);

        var answer = await other.Post(Path, Several, headers: Key);

        Assert.Equal(200, answer.Status);
        Assert.Equal(2, host.Log.Decisions.Count);
        Assert.Equal("C3", Assert.Single(other.Log.Decisions).Unit);
        Assert.Equal(["silo-1", "silo-1", "silo-2"], answer.Json.GetProperty("decisions").EnumerateArray().Select(decision => DecisionId.Parse(decision.GetProperty("decisionId").GetString()!).OrThrow().Log));
    }

    [Fact]
    public async Task Decide_LogOfTheDeadOutOfReach_IsRefusedAndRecordsNothing()
    {
        await using var host = await Start();
        await using var other = await Beside(host);
        host.Keyed("key-1").Failure = new SiloUnavailableException("Gone.");
        await host.Post(Path, Body, headers: Key);
        (host.Keyed("key-1").Failure, host.Keyed("key-1").LeaseOver) = (null, true);
        ((FakeLogGrain)host.Grains.GetGrain<IDecisionLogGrain>("silo-1/log")).Down = true;

        var answer = await other.Post(Path, Body, headers: Key);

        answer.Problem(503, "idempotency-in-doubt");
        Assert.True(answer.RetryAfter);
        Assert.Empty(other.Log.Decisions);
    }

    [Fact]
    public async Task Decide_FirstUnderWay_Is409WithRetryAfter()
    {
        await using var host = await Start();
        host.Worker().Hold();
        var first = host.Post(Path, Body, headers: Key);
        await Condition.Until(() => host.Worker().Messages.Count == 1);

        var second = await host.Post(Path, Body, headers: Key);
        host.Worker().Release(1);

        second.Problem(409, "idempotency-key-under-way");
        Assert.True(second.RetryAfter);
        Assert.Equal(200, (await first).Status);
        Assert.Single(host.Log.Decisions);
    }

    [Fact]
    public async Task Decide_OtherBodyUnderTheKey_Is422()
    {
        await using var host = await Start();
        await host.Post(Path, Body, headers: Key);

        (await host.Post(Path, Body.Replace("C1", "C2", StringComparison.Ordinal), headers: Key)).Problem(422, "idempotency-key-reused");
        Assert.Single(host.Log.Decisions);
    }

    [Fact]
    public async Task Decide_RefusedFirst_IsJudgedAnew()
    {
        await using var host = await Start();
        host.Worker().Failure = static _ => new TimeoutException();
        Assert.Equal(503, (await host.Post(Path, Body, headers: Key)).Status);
        host.Worker().Failure = null;

        Assert.Equal((200, false), await Replayed(host.Post(Path, Body, headers: Key)));
        Assert.Single(host.Log.Decisions);
    }

    [Fact]
    public async Task Decide_AnswerTooLongToKeep_IsMadeAgainFromTheLog()
    {
        await using var host = await Start(options => options.KeptAnswerBytesMax = 1);

        var first = await host.Post(Path, Body, headers: Key);
        var again = await host.Post(Path, Body, headers: Key);

        Assert.Equal(first, again);
        Assert.Single(host.Log.Decisions);
    }

    [Fact]
    public async Task Infer_OverGrpc_IsOneDecision()
    {
        await using var host = await Start();
        using var client = new GrpcClient(host);
        var request = new ModelInferRequest
        {
            ModelName = "churn",
            Inputs = { Tensor("age", 0.25f), Tensor("spend", 3) },
        };

        var first = await client.Infer(request, ("idempotency-key", "key-1"));
        var again = await client.Infer(request, ("idempotency-key", "key-1"));

        Assert.Equal(first, again);
        Assert.Single(host.Log.Decisions);
        request.Inputs[0] = Tensor("age", 0.5f);
        Assert.Equal((StatusCode.InvalidArgument, "idempotency-key-reused"), Part(await GrpcClient.Refused(() => client.Infer(request, ("idempotency-key", "key-1")))));
    }

    private static (StatusCode, string?) Part((StatusCode Status, string Detail, string? Code) refused) => (refused.Status, refused.Code);

    private static ModelInferRequest.Types.InferInputTensor Tensor(string name, float value) =>
        new() { Name = name, Datatype = "FP32", Shape = { 1, 1 }, Contents = new() { Fp32Contents = { value } } };

    private static string Id(long address) => string.Create(CultureInfo.InvariantCulture, $"silo-1-{address:x14}");

    private static async Task<(int, bool)> StatusOf(Task<Answer> answer) => ((await answer).Status, (await answer).RetryAfter);

    private static async Task<(int, bool)> Replayed(Task<Answer> answer) => ((await answer).Status, (await answer).Replayed);

    private static async Task<GatewayHost> Start(Action<GatewayOptions>? configure = null)
    {
        var host = await GatewayHost.Start(configure);
        await host.Publish(Routes.Churn());
        return host;
    }

    private static async Task<GatewayHost> Beside(GatewayHost host)
    {
        var other = await GatewayHost.Start(beside: host);
        var routes = await other.Services.GetRequiredService<RoutingSnapshots>().Of("default", TestContext.Current.CancellationToken);
        Assert.True(await routes.WaitFor(snapshot => snapshot.Endpoints.ContainsKey("churn"), TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        return other;
    }
}
