using System.Net;
using System.Text.Json;
using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster;

/// <summary>What is asked of decisions is true for the whole factory, whoever is asked and whoever keeps the log.</summary>
public sealed class LogGatheringTests
{
    private static readonly object[] Rows = [.. Customers.Make(60, seed: 33).Select(customer => customer.Fields)];

    [Fact]
    public async Task TwoSilosAndAClient_EachGateway_TellsOfAllDecisions()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await TestCluster.Start(2, cancellation);
        var (stays, goes) = (cluster[0], cluster[1]);
        await Leavers.Make(stays.Http, cancellation);
        var client = cluster.Add("window", "--cluster-client", "true");
        await client.Start(cancellation);
        await Task.WhenAll(cluster.Members.Select(member => Leavers.Known(member.Http, cancellation)));

        await stays.Http.Decide("leavers", Rows[..30], cancellation);
        var theirs = await goes.Http.Decide("leavers", Rows[30..50], cancellation);
        var clients = await client.Http.Decide("leavers", Rows[50..], cancellation);
        await AssertAll(client.Http, 60, cancellation, "silo-1 live", "silo-2 live", "window live");
        await AssertAll(goes.Http, 60, cancellation, "silo-1 live", "silo-2 live", "window live");

        // Every log is asked and told through any gateway.
        var chain = (await goes.Http.Get($"/v1/decisions/{clients[0].Text("decisionId")}", cancellation)).ExpectSuccess().Json;
        Assert.Equal("leavers", chain.Text("endpoint"));
        await Report(stays.Http, HttpStatusCode.OK, cancellation, theirs[0], clients[0]);
        var variant = (await client.Http.Get("/v1/endpoints/leavers/experiment", cancellation)).ExpectSuccess().Json.Items("variants").Single();
        Assert.Equal((60, 2), (variant.Long("exposures"), variant.Long("outcomes")));

        // A silo that dies counts with what it published, and once only when it is back.
        await Until.True("silo-2 published its decisions", () => Task.FromResult(Published(cluster, "silo-2") == 20), cancellation);
        goes.Kill();
        await AssertAll(stays.Http, 60, cancellation, "silo-1 live", "silo-2 published", "window live");
        await Report(stays.Http, HttpStatusCode.ServiceUnavailable, cancellation, theirs[1]);

        await goes.Start(cancellation);
        await Leavers.Known(goes.Http, cancellation);
        await goes.Http.Decide("leavers", Rows[..5], cancellation);
        await AssertAll(stays.Http, 65, cancellation, "silo-1 live", "silo-2 live", "window live");
        await Report(stays.Http, HttpStatusCode.OK, cancellation, theirs[1]);
    }

    private static async Task AssertAll(FactoryHttp http, long decisions, CancellationToken cancellation, params string[] logs)
    {
        var statement = (await Until.Found($"{string.Join(", ", logs)}", async () =>
        {
            var attempt = await http.Get("/v1/cost/statement", cancellation);
            return attempt.Status == HttpStatusCode.OK && States(attempt.Json).SequenceEqual(logs) ? attempt : null;
        }, cancellation, 60)).Json;
        Assert.Equal(decisions, statement.Items("lines").Where(line => line.Text("account").StartsWith("endpoint/", StringComparison.Ordinal)).Sum(line => line.Long("entries")));

        var proof = await http.Reconciled(decisions, cancellation);
        Assert.Equal(decisions, proof.Long("decisions"));
        Assert.Equal(statement.Picodollars("decisionsTotal"), proof.Picodollars("logDecisions"));
        Assert.Equal(logs, States(proof));
    }

    private static IEnumerable<string> States(JsonElement total) => total.Items("logs").Select(log => $"{log.Text("log")} {log.Text("state")}").Order(StringComparer.Ordinal);

    private static async Task Report(FactoryHttp http, HttpStatusCode expected, CancellationToken cancellation, params JsonElement[] decisions)
    {
        var answer = await http.Post("/v1/endpoints/leavers/outcomes", decisions.Select(decision => new { decisionId = decision.Text("decisionId"), label = "yes" }), cancellation);
        Assert.Equal(expected, answer.Status);
        if (expected == HttpStatusCode.OK)
        {
            Assert.Equal(decisions.Length, answer.Json.Long("accepted"));
        }
        else
        {
            answer.ExpectProblem(expected, "decision-log-unavailable");
        }
    }

    private static long Published(TestCluster cluster, string log)
    {
        var folder = Path.Combine(cluster.Folder, "objects", "totals", log);
        var latest = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).LastOrDefault() : null;
        try
        {
            return latest is null ? 0 : JsonDocument.Parse(File.ReadAllText(latest)).RootElement.Items("tenants").Sum(tenant => tenant.Long("decisions"));
        }
        catch (FileNotFoundException)
        {
            return 0; // Later ones came meanwhile.
        }
    }
}
