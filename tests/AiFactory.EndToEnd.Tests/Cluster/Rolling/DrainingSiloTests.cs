using System.Net;
using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Rolling;

public sealed class DrainingSiloTests
{
    private static readonly List<Customer> Crowd = Customers.Make(20, seed: 45);

    [Fact]
    public async Task Terminate_LongGrace_IsNotReadyButServesAndEndsAtTheSecondSignal()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await TestCluster.Make(cancellation);
        // So long that only the second signal can end it.
        var leaving = cluster.Add("silo-1", "--AiFactory:DrainGrace", "01:00:00", "--AiFactory:StopTimeout", "02:00:00");
        var other = cluster.Add("silo-2");
        await Task.WhenAll(leaving.Start(cancellation), other.Start(cancellation));
        await cluster.WaitActive(cancellation, "silo-1", "silo-2");
        await Leavers.Make(leaving.Http, cancellation);
        await Leavers.Known(other.Http, cancellation);

        leaving.Process.Terminate();
        await Until.True("the silo is not ready", async () => (await leaving.Http.Get("/health/ready", cancellation)).Status == HttpStatusCode.ServiceUnavailable, cancellation);
        Assert.Equal("""{"ready":false,"waiting":["draining"]}""", (await leaving.Http.Get("/health/ready", cancellation)).Text);
        var served = await leaving.Http.Post("/v1/endpoints/leavers/decisions", Crowd[0].Fields, cancellation);
        Assert.Equal((HttpStatusCode.OK, true), (served.Status, served.Closes));
        Assert.Equal(HttpStatusCode.OK, (await other.Http.Get("/health/ready", cancellation)).Status);

        leaving.Process.Terminate();
        Assert.NotEqual(0, await leaving.Process.Ended(cancellation));
        // What it answered while it was going is there.
        await leaving.Start(cancellation);
        await cluster.WaitActive(cancellation, "silo-1", "silo-2");
        var chain = (await other.Http.Get($"/v1/decisions/{served.Json.Text("decisionId")}", cancellation)).ExpectSuccess().Json;
        Assert.Equal(Crowd[0].Id, chain.Text("unit"));
        await other.Http.Decide("leavers", [.. Crowd.Select(customer => customer.Fields)], cancellation);
    }
}
