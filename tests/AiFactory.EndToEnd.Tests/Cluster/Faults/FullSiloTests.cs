using System.Net;
using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Disk;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Faults;

public sealed class FullSiloTests
{
    private const int Some = 60;
    private const int DiskMegabytes = 192;

    /// <summary>By others, from the start, so that the log has room for one segment and no spare.</summary>
    private const int TakenMegabytes = 88;

    private const int RequestsMax = 400;
    private const int RowsOfRequest = 8;

    /// <summary>Its record takes as much, so that a log is full soon.</summary>
    private static readonly Customer Fat = Customers.Make(1, seed: 31)[0] with { Plan = new string('p', 100_000) };

    [Fact]
    public async Task DiskOfOneSilo_Full_ItRefusesWhileOthersGoOnAndTakesDecisionsAgain()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var disk = SmallDisk.TryMount(DiskMegabytes);
        Assert.SkipWhen(disk is null, "Mounting a small tmpfs needs root.");
        disk!.Take(TakenMegabytes);
        await using var cluster = await TestCluster.Start(2, cancellation);
        var full = cluster.Add("silo-3");
        Directory.CreateSymbolicLink(full.Folder, Directory.CreateDirectory(Path.Combine(disk.Folder, "silo")).FullName);
        await full.Start(cancellation);
        await cluster.WaitActive(cancellation, FaultyCluster.Names);
        await Leavers.Make(cluster[0].Http, cancellation);
        foreach (var member in cluster.Members)
        {
            await Leavers.Known(member.Http, cancellation);
        }

        await using var load = new Workload(cluster, Workload.Calm);
        await load.Go(Some, cancellation);
        disk.Fill();
        await DecideUntilRefused(full, load.Journal, cancellation);
        await load.Go(2 * Some, cancellation);
        await cluster.WaitActive(cancellation, FaultyCluster.Names);

        disk.Free();
        await Until.True("the silo decides again", async () => (await Decide(full, load.Journal, cancellation)).Status == HttpStatusCode.OK, cancellation);
        await load.Go(Some, cancellation);
        await Recount.Agrees(cluster, await load.Stop(cancellation), cancellation);
    }

    private static async Task DecideUntilRefused(Member full, Journal journal, CancellationToken cancellation)
    {
        for (var request = 0; request < RequestsMax; request++)
        {
            var answer = await Decide(full, journal, cancellation);
            if (answer.Status != HttpStatusCode.OK)
            {
                answer.ExpectProblem(HttpStatusCode.InsufficientStorage, "log-full").ExpectMention("space");
                return;
            }
        }

        Assert.Fail($"{RequestsMax * RowsOfRequest} decisions of {Fat.Plan.Length} bytes were answered on a full disk.");
    }

    private static async Task<Answer> Decide(Member full, Journal journal, CancellationToken cancellation)
    {
        foreach (var _ in Enumerable.Range(0, RowsOfRequest))
        {
            journal.Ask();
        }

        var answer = await full.Http.Post("/v1/endpoints/leavers/decisions", new { instances = Enumerable.Repeat(Fat.Fields, RowsOfRequest).ToArray() }, cancellation);
        foreach (var decision in answer.Status == HttpStatusCode.OK ? answer.Json.Items("decisions") : [])
        {
            journal.Answered(new(decision.Text("decisionId"), Fat.Id, decision.Text("prediction"), decision.Has("cost") ? decision.Text("cost") : ""));
        }

        return answer;
    }
}
