using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Workers;

public sealed class WorkerRouteTests
{
    [Fact]
    public async Task List_AllWorkers_AreTold()
    {
        await using var host = await GatewayHost.Start();

        var workers = (await host.Get("/v1/workers")).Json;

        Assert.Equal(["silo-1", "silo-2"], workers.EnumerateArray().Select(worker => worker.GetProperty("key").GetProperty("siloName").GetString()));
        Assert.All(workers.EnumerateArray(), worker => Assert.Equal(("ready", "on-demand"), (worker.GetProperty("standing").GetString(), worker.GetProperty("device").GetProperty("tier").GetString())));
    }

    [Theory]
    [InlineData("drain", "drain")]
    [InlineData("remove", "remove")]
    [InlineData("resume", "none")]
    public async Task Order_KnownWorker_IsGivenToThePool(string verb, string order)
    {
        await using var host = await GatewayHost.Start();

        Assert.Equal(order, (await host.Post($"/v1/workers/silo-2/cpu-0/{verb}", "", "application/json")).Json.GetProperty("order").GetString());
        (await host.Post($"/v1/workers/silo-9/cpu-0/{verb}", "", "application/json")).Problem(404, "worker-not-found");
    }
}
