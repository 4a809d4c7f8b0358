using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Inference;

/// <summary>Sequences of models that have no memory.</summary>
public sealed class SequenceStickinessTests
{
    private const int Requests = 12;
    private static readonly string[] Workers = ["silo-1/cpu-0", "silo-2/cpu-0", "silo-3/cpu-0"];

    [Fact]
    public async Task Infer_SequenceWithoutMemory_IsServedByOneReplica()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn("customer", Workers));

        for (var request = 0; request < Requests; request++)
        {
            Assert.Equal(200, (await Infer(host, "s-1", $",\"sequence_start\":{(request == 0 ? "true" : "false")}")).Status);
        }

        Assert.Single(host.Log.Decisions.Select(decision => decision.Worker).Distinct());
    }

    [Fact]
    public async Task Infer_ManySequences_AreSpread()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn("customer", Workers));

        for (var sequence = 0; sequence < 40; sequence++)
        {
            Assert.Equal(200, (await Infer(host, $"s-{sequence}")).Status);
        }

        Assert.Equal(Workers, host.Log.Decisions.Select(decision => decision.Worker).Distinct().Order());
    }

    [Fact]
    public async Task Infer_ReplicaOfASequenceWithoutMemoryFails_AnotherAnswers()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn("customer", Workers));
        Assert.Equal(200, (await Infer(host, "s-1")).Status);
        var own = Assert.Single(host.Log.Decisions).Worker;
        host.Worker(own).Failure = _ => new SiloUnavailableException("gone");

        for (var request = 0; request < Requests; request++)
        {
            Assert.Equal(200, (await Infer(host, "s-1")).Status);
        }

        Assert.DoesNotContain(own, host.Log.Decisions.Skip(1).Select(decision => decision.Worker));
    }

    private static Task<Answer> Infer(GatewayHost host, string sequence, string more = "") => host.Post("/v2/models/churn/infer",
        $$"""{"parameters":{"sequence_id":"{{sequence}}"{{more}}},"inputs":[{"name":"age","shape":[1,1],"datatype":"FP32","data":[0.9]},{"name":"spend","shape":[1,1],"datatype":"FP32","data":[1]}]}""");
}
