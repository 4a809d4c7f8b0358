using System.Net;
using System.Text.Json;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Disk;

public sealed class FullDiskTests
{
    private const int DiskMegabytes = 320;
    private static readonly Customer Someone = Customers.Make(1, seed: 31)[0];

    [Fact]
    public async Task FullDisk_RefusesWhatItCannotKeep_AndRecoversOnceThereIsRoom()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var disk = SmallDisk.TryMount(DiskMegabytes);
        Assert.SkipWhen(disk is null, "Mounting a small tmpfs needs root.");
        var data = Path.Combine(disk!.Folder, "factory");
        List<string> kept;
        await using (var factory = await FactoryProcess.Start(data, cancellation))
        {
            await Prepare(factory.Http, cancellation);
            kept = [await Decide(factory.Http, cancellation)];
            disk.Fill();
            kept.AddRange(await DecideUntilRefused(factory.Http, cancellation));
            disk.Fill();
            await IngestIsRefused(factory, cancellation);
            (await factory.Http.Get("/v1/status", cancellation)).Expect(HttpStatusCode.OK);

            disk.Free();
            await Recovered(factory.Http, cancellation);
            await Explained(factory.Http, kept, cancellation);
            kept.Add(await Decide(factory.Http, cancellation));
            factory.Kill();
        }

        await using (var factory = await FactoryProcess.Start(data, cancellation))
        {
            await Explained(factory.Http, kept, cancellation);
            await factory.Http.Reconciled(kept.Count, cancellation);
        }
    }

    private static async Task Prepare(FactoryHttp http, CancellationToken cancellation)
    {
        await http.Ingest("customers", Customers.Csv(Customers.Make(400, seed: 32)), cancellation, Customers.Contract);
        await http.Train(FactoryVerbs.SpecOf("leavers", "customers", "lightgbm", epochs: 5), cancellation);
        await http.Deploy("leavers", new { variants = new[] { FactoryVerbs.VariantOf("only", "leavers", 1, 100) }, keyField = "customer_id" }, cancellation);
    }

    private static async Task<string> Decide(FactoryHttp http, CancellationToken cancellation) =>
        (await http.Post("/v1/endpoints/leavers/decisions", Someone.Fields, cancellation)).ExpectSuccess().Json.Text("decisionId");

    /// <summary>The log may have room of its own set aside; when that is used up, decisions are refused and not answered without a record.</summary>
    private static async Task<List<string>> DecideUntilRefused(FactoryHttp http, CancellationToken cancellation)
    {
        var ids = new List<string>();
        var instances = Enumerable.Repeat(Someone.Fields, 1000).ToArray();
        for (var round = 0; round < 2000; round++)
        {
            var answer = await http.Post("/v1/endpoints/leavers/decisions", new { instances }, cancellation);
            if (answer.Status != HttpStatusCode.OK)
            {
                answer.ExpectProblem(HttpStatusCode.InsufficientStorage, "log-full");
                return ids;
            }

            ids.Add(answer.Json.Items("decisions")[0].Text("decisionId"));
        }

        throw new InvalidOperationException($"{ids.Count} requests of 1000 decisions were answered on a full disk.");
    }

    private static async Task IngestIsRefused(FactoryProcess factory, CancellationToken cancellation)
    {
        var csv = Customers.Csv(Customers.Make(50_000, seed: 33));
        var answer = await factory.Http.PostCsv("later", csv, cancellation, Customers.Contract);
        answer.ExpectProblem(HttpStatusCode.InsufficientStorage);
        Assert.True(factory.Alive);
    }

    private static async Task Explained(FactoryHttp http, List<string> decisionIds, CancellationToken cancellation)
    {
        foreach (var id in decisionIds.TakeLast(50))
        {
            var chain = (await http.Get($"/v1/decisions/{id}", cancellation)).ExpectSuccess().Json;
            Assert.Equal(Someone.Id, chain.Text("unit"));
        }
    }

    private static async Task Recovered(FactoryHttp http, CancellationToken cancellation)
    {
        await Until.True("decisions answered again", async () =>
            (await http.Post("/v1/endpoints/leavers/decisions", Someone.Fields, cancellation)).Status == HttpStatusCode.OK, cancellation, 20);
        JsonElement version = await http.Ingest("later", Customers.Csv(Customers.Make(50_000, seed: 33)), cancellation, Customers.Contract);
        Assert.Equal(50_000, version.Long("rows"));
    }
}
