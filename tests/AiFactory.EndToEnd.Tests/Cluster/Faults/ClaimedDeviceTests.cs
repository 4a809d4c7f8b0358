using System.Net;
using System.Text.Json;
using AiFactory.EndToEnd.Tests.Cluster.Harness;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cluster.Faults;

public sealed class ClaimedDeviceTests
{
    private const int Some = 60;
    private static readonly string[] Shared = ["--AiFactory:Devices:0:Name=board", "--AiFactory:Devices:0:Identity=rack-7/board-1"];

    [Fact]
    public async Task DeviceOfTwoSilos_HolderKilled_PassesOnAndIsServedByOneAtATime()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await TestCluster.Make(cancellation);
        await cluster.Add("silo-1", Shared).Start(cancellation);
        await cluster.Add("silo-2", Shared).Start(cancellation);
        await cluster.WaitActive(cancellation, "silo-1", "silo-2");
        var (holder, other) = (cluster[0], cluster[1]);
        Assert.Equal(1, (await Standing(other, "silo-1", "ready", cancellation)).Long("claimToken"));
        Assert.Contains("silo-1/board", (await Standing(holder, "silo-2", "unclaimed", cancellation)).Text("reason"), StringComparison.Ordinal);
        await Leavers.Make(holder.Http, cancellation);
        await Leavers.Known(other.Http, cancellation);

        await using var load = new Workload(cluster, Workload.Calm);
        await load.Go(Some, cancellation);
        holder.Kill();
        Assert.True((await Standing(other, "silo-2", "ready", cancellation)).Long("claimToken") > 1);
        await load.Go(Some, cancellation);

        // What held it before does not take it up again: its token is an old one.
        await holder.Start(cancellation);
        await cluster.WaitActive(cancellation, "silo-1", "silo-2");
        Assert.Contains("silo-2/board", (await Standing(holder, "silo-1", "unclaimed", cancellation)).Text("reason"), StringComparison.Ordinal);
        var known = load.Journal.Decisions.Count;
        await load.Go(Some, cancellation);
        var journal = await load.Stop(cancellation);
        await Recount.Agrees(cluster, journal, cancellation);
        await DecidedBy("silo-1/board", journal.Decisions.Take(Some), other, cancellation);
        await DecidedBy("silo-2/board", journal.Decisions.Skip(known), other, cancellation);
    }

    private static async Task DecidedBy(string worker, IEnumerable<Decided> decisions, Member gateway, CancellationToken cancellation)
    {
        foreach (var decision in decisions)
        {
            Assert.Equal(worker, (await gateway.Http.Get($"/v1/decisions/{decision.Id}", cancellation)).ExpectSuccess().Json.Text("worker"));
        }
    }

    private static async Task<JsonElement> Standing(Member gateway, string silo, string standing, CancellationToken cancellation)
    {
        var last = "";
        try
        {
            return (await Until.Found($"the device of {silo} is {standing}", async () =>
            {
                var answer = await gateway.Http.Get("/v1/workers", cancellation);
                last = answer.Text;
                return answer.Status == HttpStatusCode.OK && Of(silo, answer.Json) is { ValueKind: JsonValueKind.Object } worker && worker.Text("standing") == standing ? answer : null;
            }, cancellation, 120)).Json.EnumerateArray().Single(worker => worker.Member("key").Text("siloName") == silo);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message} {last}", exception);
        }
    }

    private static JsonElement Of(string silo, JsonElement workers) => workers.EnumerateArray().FirstOrDefault(worker => worker.Member("key").Text("siloName") == silo);
}
