using System.Net;
using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster;

public sealed class RoleTests
{
    private static readonly object[] Rows = [.. Customers.Make(40, seed: 32).Select(customer => customer.Fields)];

    [Fact]
    public async Task SilosOfOneRoleEachAndAClient_TogetherDecide()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await TestCluster.Make(cancellation);
        var control = cluster.Add("brain", "--roles", "control");
        var worker = cluster.Add("muscle", "--roles", "worker");
        var gateway = cluster.Add("door", "--roles", "gateway");
        await Task.WhenAll(control.Start(cancellation), worker.Start(cancellation), gateway.Start(cancellation));
        var status = await cluster.WaitActive(cancellation, "brain", "door", "muscle");
        AssertRoles(status, "brain", "control", devices: 0);
        AssertRoles(status, "door", "gateway", devices: 0);
        AssertRoles(status, "muscle", "worker", devices: 1);

        await Leavers.Make(gateway.Http, cancellation);
        await Leavers.Known(gateway.Http, cancellation);
        var decisions = await gateway.Http.Decide("leavers", Rows, cancellation);
        Assert.All(decisions, decision => Assert.StartsWith("door", decision.Text("decisionId"), StringComparison.Ordinal));
        var chain = (await gateway.Http.Get($"/v1/decisions/{decisions[0].Text("decisionId")}", cancellation)).ExpectSuccess().Json;
        Assert.Equal("muscle/cpu-0", chain.Text("worker"));

        // Where grains are, after all that: none of the control plane but on the silo with that role.
        var grains = (await gateway.Http.Get("/v1/cluster", cancellation)).ExpectSuccess().Json.Items("silos")
            .ToDictionary(silo => silo.Text("name"), silo => silo.Items("grains").Select(grain => grain.Text("type")).ToHashSet());
        Assert.Contains("EndpointGrain", grains["brain"]);
        Assert.DoesNotContain("EndpointGrain", grains["door"]);
        Assert.DoesNotContain("EndpointGrain", grains["muscle"]);
        Assert.Contains("WorkerGrain", grains["muscle"]);
        Assert.Contains("DecisionLogGrain", grains["door"]);

        // Without the role gateway only health and metrics are served.
        Assert.Equal(HttpStatusCode.OK, (await control.Http.Get("/health/ready", cancellation)).Status);
        Assert.Equal(HttpStatusCode.OK, (await worker.Http.Get("/metrics", cancellation)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await worker.Http.Get("/v1/status", cancellation)).Status);

        var client = cluster.Add("window", "--cluster-client", "true");
        await client.Start(cancellation);
        await Leavers.Known(client.Http, cancellation);
        var seen = await client.Http.Decide("leavers", Rows, cancellation);
        Assert.All(seen, decision => Assert.StartsWith("window", decision.Text("decisionId"), StringComparison.Ordinal));

        // What the client's log holds is known to the others.
        var id = seen[0].Text("decisionId");
        var receipt = (await gateway.Http.Post("/v1/endpoints/leavers/outcomes", new { decisionId = id, label = "yes" }, cancellation)).ExpectSuccess().Json;
        Assert.Equal(1, receipt.Long("accepted"));
        chain = (await gateway.Http.Get($"/v1/decisions/{id}", cancellation)).ExpectSuccess().Json;
        Assert.Equal("yes", chain.Member("outcome").Text("label"));
        await gateway.Http.Reconciled(2 * Rows.Length, cancellation);
        await cluster.WaitActive(cancellation, "brain", "door", "muscle");
    }

    private static void AssertRoles(System.Text.Json.JsonElement status, string name, string role, int devices)
    {
        var report = status.Items("silos").Single(silo => silo.Text("name") == name).Member("report");
        Assert.Equal([role], report.Items("roles").Select(item => item.GetString()!));
        Assert.Equal(devices, report.Items("devices").Length);
    }
}
