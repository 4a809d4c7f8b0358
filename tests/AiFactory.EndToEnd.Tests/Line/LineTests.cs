using System.Text.Json;
using System.Text.Json.Nodes;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Line;

public sealed class LineTests
{
    private static readonly string[] Documents =
    [
        "/v1/datasets", "/v1/datasets/customers", "/v1/datasets/customers/versions/1", "/v1/datasets/customers/versions/1/quarantine",
        "/v1/training-runs", "/v1/models", "/v1/models/leavers-mlp", "/v1/models/leavers-trees", "/v1/endpoints", "/v1/endpoints/leavers",
    ];

    [Fact]
    public async Task WholeLine_KilledAndStoppedAndRestarted_KeepsEverything()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var line = new Line();
        Dictionary<string, string> before;
        long decisions;
        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            await line.Ingest(factory.Http, cancellation);
            await line.Train(factory.Http, cancellation);
            await Line.Deploy(factory.Http, cancellation);
            await line.Decide(factory.Http, cancellation);
            await line.ReportOutcomes(factory.Http, cancellation);
            decisions = line.Decisions.Count + 1;
            await line.CompareExperiment(factory.Http, decisions, cancellation);
            await line.Explain(factory.Http, cancellation);
            await AssertAccounts(factory.Http, decisions, cancellation);
            before = await Read(factory.Http, line, cancellation);
            factory.Kill();
        }

        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            await line.SameVariantAgain(factory.Http, cancellation);
            decisions++;
            Assert.Equal(before, await Read(factory.Http, line, cancellation));
            await line.CompareExperiment(factory.Http, decisions, cancellation);
            await AssertAccounts(factory.Http, decisions, cancellation);
            await factory.Stop(cancellation);
        }

        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            await line.SameVariantAgain(factory.Http, cancellation);
            Assert.Equal(before, await Read(factory.Http, line, cancellation));
            await line.CompareExperiment(factory.Http, decisions + 1, cancellation);
            await AssertAccounts(factory.Http, decisions + 1, cancellation);
        }
    }

    /// <summary>The statement's decision lines, the reconciliation and the explained costs of all decisions are one sum.</summary>
    internal static async Task AssertAccounts(FactoryHttp http, long decisions, CancellationToken cancellation)
    {
        var reconciliation = await http.Reconciled(decisions, cancellation);
        Assert.Equal(decisions, reconciliation.Long("decisions"));
        var statement = (await http.Get("/v1/cost/statement", cancellation)).ExpectSuccess().Json;
        var endpointLines = statement.Items("lines").Where(line => line.Text("account").StartsWith("endpoint/", StringComparison.Ordinal)).ToArray();
        Assert.Equal(decisions, endpointLines.Sum(line => line.Long("entries")));
        Assert.Equal(statement.Picodollars("decisionsTotal"), endpointLines.Aggregate(System.Numerics.BigInteger.Zero, (sum, line) => sum + line.Picodollars("balance")));
        Assert.Equal(reconciliation.Picodollars("logDecisions"), statement.Picodollars("decisionsTotal"));
        Assert.True(statement.Picodollars("decisionsTotal") > 0);
        Assert.Equal(
            statement.Picodollars("ledgerTotal"),
            statement.Picodollars("decisionsTotal") + statement.Picodollars("trainingTotal") + statement.Picodollars("overheadTotal") + statement.Picodollars("idleTotal"));
    }

    /// <summary>Everything that must read the same after a restart, as canonical text.</summary>
    private static async Task<Dictionary<string, string>> Read(FactoryHttp http, Line line, CancellationToken cancellation)
    {
        var texts = new Dictionary<string, string>();
        var explained = line.Decisions.Take(20).Select(decision => $"/v1/decisions/{decision.Text("decisionId")}");
        foreach (var path in Documents.Concat(explained))
        {
            var answer = (await http.Get(path, cancellation)).ExpectSuccess();
            texts[path] = Canonical(JsonNode.Parse(answer.Text)!);
        }

        return texts;
    }

    // The order of members of a JSON object means nothing.
    private static string Canonical(JsonNode node) => Sorted(node)!.ToJsonString(new JsonSerializerOptions { WriteIndented = false });

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
