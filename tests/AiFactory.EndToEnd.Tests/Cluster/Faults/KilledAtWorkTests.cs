using System.Net;
using System.Text.Json;
using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Faults;

/// <summary>A silo dies while it trains, or while it ingests.</summary>
public sealed class KilledAtWorkTests
{
    private const int Some = 60;
    private const int Epochs = 40;
    private const int Rows = 150_000;

    [Fact]
    public async Task Silo_KilledWhileItTrains_TheRunEndsWithTheSameResult()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await FaultyCluster.Serving(cancellation);
        await using var load = new Workload(cluster, Workload.Calm);
        await load.Go(Some, cancellation);
        var run = (await cluster[0].Http.Post("/v1/training-runs", Spec("disturbed"), cancellation)).Expect(HttpStatusCode.Accepted).Json.Text("id");
        var course = await Until.Found("two epochs with checkpoints", async () =>
            (await cluster[0].Http.Get($"/v1/training-runs/{run}", cancellation)).ExpectSuccess() is var state && state.Json.Long("checkpointEpoch") >= 2 ? state : null, cancellation);
        Assert.InRange(course.Json.Long("checkpointEpoch"), 2, Epochs - 1);
        var at = course.Json.Items("workers").Last().GetString()!.Split('/')[0];
        var victim = cluster.Members.Single(member => member.Name == at);
        var survivor = cluster.Members.First(member => member != victim).Http;
        victim.Kill();

        // The run goes on without it.
        var resumed = await Ended(survivor, run, cancellation);
        Assert.True(resumed.Long("attempt") >= 2, resumed.GetRawText());
        await victim.Start(cancellation);
        await cluster.WaitActive(cancellation, FaultyCluster.Names);
        await load.Go(Some, cancellation);
        var journal = await load.Stop(cancellation);

        var undisturbed = await survivor.Train(Spec("undisturbed"), cancellation);
        Assert.Equal(1, undisturbed.Long("attempt"));
        Assert.Equal(Enumerable.Range(1, Epochs).Select(epoch => (long)epoch), resumed.Items("epochs").Select(epoch => epoch.Long("epoch")));
        Assert.Equal(Losses(undisturbed), Losses(resumed));
        Assert.Equal(undisturbed.Member("evaluation").GetRawText(), resumed.Member("evaluation").GetRawText());
        Assert.Equal(await Digest(survivor, "undisturbed", cancellation), await Digest(survivor, "disturbed", cancellation));
        Assert.Single((await survivor.Get("/v1/models/disturbed", cancellation)).ExpectSuccess().Json.Items("versions"));
        await Recount.Agrees(cluster, journal, cancellation);
    }

    [Fact]
    public async Task Silo_KilledWhileItIngests_TheVersionIsPublishedOnceWithTheSameContent()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await FaultyCluster.Serving(cancellation);
        await using var load = new Workload(cluster, Workload.Calm);
        await load.Go(Some, cancellation);
        var csv = Customers.Csv(Customers.Make(Rows, seed: 3));
        var ingestion = (await cluster[0].Http.PostCsv("big", csv, cancellation, Customers.Contract)).Expect(HttpStatusCode.Accepted).Json.Text("id");
        var victim = await Until.Found("a silo ingests", () =>
            Task.FromResult(cluster.Members.FirstOrDefault(member => member.Process.Output.Contains($"ingestion {ingestion} runs", StringComparison.Ordinal))), cancellation);
        victim.Kill();
        Assert.DoesNotContain($"ingestion {ingestion} published", victim.Process.Output, StringComparison.Ordinal);
        var survivor = cluster.Members.First(member => member != victim).Http;

        var published = await Version(survivor, "big", cancellation);
        await victim.Start(cancellation);
        await cluster.WaitActive(cancellation, FaultyCluster.Names);
        await load.Go(Some, cancellation);
        var journal = await load.Stop(cancellation);

        var again = (await survivor.PostCsv("big", csv, cancellation, Customers.Contract)).ExpectSuccess().Json;
        Assert.Equal(ingestion, again.Text("id"));
        var dataset = (await survivor.Get("/v1/datasets/big", cancellation)).ExpectSuccess().Json;
        Assert.Equal((1, 1), (dataset.Items("versions").Length, dataset.Items("ingestions").Length));
        var undisturbed = await survivor.Ingest("calm", csv, cancellation, Customers.Contract);
        Assert.Equal((Rows, 0), (published.Long("rows"), published.Long("quarantinedRows")));
        Assert.Equal(undisturbed.Member("profile").GetRawText(), published.Member("profile").GetRawText());
        Assert.Equal(Content(cluster, undisturbed), Content(cluster, published));
        await Recount.Agrees(cluster, journal, cancellation);
    }

    private static object Spec(string model) => FactoryVerbs.SpecOf(model, "customers", "mlp", Epochs, shards: 2, seed: 42);

    private static double[] Losses(JsonElement run) => [.. run.Items("epochs").Select(epoch => epoch.Number("trainLoss"))];

    // While what kept the run moves to another silo, it may be that nobody can tell of it.
    private static async Task<JsonElement> Ended(FactoryHttp http, string run, CancellationToken cancellation)
    {
        var ended = (await Until.Found($"training run {run} ended", async () =>
            await http.Get($"/v1/training-runs/{run}", cancellation) is { Status: HttpStatusCode.OK } state && state.Json.Text("status") is not ("pending" or "running") ? state : null, cancellation, 180)).Json;
        Assert.True(ended.Text("status") == "completed", ended.GetRawText());
        return ended;
    }

    private static async Task<JsonElement> Version(FactoryHttp http, string dataset, CancellationToken cancellation) =>
        (await Until.Found($"a version of {dataset}", async () => await http.Get($"/v1/datasets/{dataset}/versions/1", cancellation) is { Status: HttpStatusCode.OK } version ? version : null, cancellation, 180)).Json;

    private static async Task<string> Digest(FactoryHttp http, string model, CancellationToken cancellation) =>
        (await http.Get($"/v1/models/{model}/versions/1", cancellation)).ExpectSuccess().Json.Text("artifactSha256");

    private static string[] Content(TestCluster cluster, JsonElement version) =>
        [.. version.Items("dataFiles").Select(file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(cluster.Folder, "objects", file.GetString()!)))))];
}
