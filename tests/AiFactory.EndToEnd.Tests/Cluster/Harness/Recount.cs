using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Harness;

/// <summary>Compares what a cluster has with what its clients were told.</summary>
internal static class Recount
{
    private const int Readers = 8;

    /// <summary>Every decision and outcome that was acknowledged is there, as it was told, once.</summary>
    public static async Task Agrees(TestCluster cluster, Journal journal, CancellationToken cancellation)
    {
        Assert.Equal(journal.Decisions.Count, journal.Decisions.Select(decision => decision.Id).Distinct().Count());
        await Parallel.ForEachAsync(journal.Decisions.Index(), new ParallelOptions { MaxDegreeOfParallelism = Readers, CancellationToken = cancellation }, async (item, token) =>
        {
            var (index, told) = item;
            var gateway = cluster.Members[index % cluster.Members.Count].Http;
            var chain = (await gateway.Get($"/v1/decisions/{told.Id}", token)).ExpectSuccess().Json;
            Assert.Equal(told.Unit, chain.Text("unit"));
            Assert.Equal(told.Prediction, chain.Text("prediction"));
            if (told.Cost.Length > 0)
            {
                Assert.Equal(told.Cost, chain.Text("cost"));
            }
        });

        // Reported again, each is known already: none was lost, and none counts twice.
        foreach (var outcomes in journal.Outcomes.Chunk(200))
        {
            var receipt = (await cluster[0].Http.Post("/v1/endpoints/leavers/outcomes", outcomes.Select(outcome => new { decisionId = outcome.Key, label = outcome.Value }), cancellation)).ExpectSuccess().Json;
            Assert.Equal((outcomes.Length, 0, 0), (receipt.Long("repeated"), receipt.Long("accepted"), receipt.Items("refused").Length));
        }

        // An outcome is new once at most, however often it was sent.
        Assert.InRange(journal.Accepted, 0, journal.Outcomes.Count);
        await LedgersAgree(cluster, journal, cancellation);
    }

    // A request that was cut off may have been decided without an answer; but nothing is there that was never asked for.
    private static async Task LedgersAgree(TestCluster cluster, Journal journal, CancellationToken cancellation)
    {
        var reconciliation = await cluster[0].Http.Reconciled(journal.Decisions.Count, cancellation);
        Assert.InRange(reconciliation.Long("decisions"), journal.Decisions.Count, journal.Asked);
        var figures = await Until.Found("all outcomes in the experiment", async () =>
        {
            var answer = (await cluster[1].Http.Get("/v1/endpoints/leavers/experiment", cancellation)).ExpectSuccess().Json.Items("variants").Single();
            return answer.Long("outcomes") >= journal.Outcomes.Count && answer.Long("exposures") == reconciliation.Long("decisions") ? answer.GetRawText() : null;
        }, cancellation, 60);
        var told = System.Text.Json.JsonElement.Parse(figures);
        Assert.Equal(journal.Outcomes.Count, told.Long("outcomes"));
        Assert.Equal(journal.Decisions.Count(decision => journal.Outcomes.TryGetValue(decision.Id, out var label) && label == decision.Prediction), told.Long("correct"));
    }
}
