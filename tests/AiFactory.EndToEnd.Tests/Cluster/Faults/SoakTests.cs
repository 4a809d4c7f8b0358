using System.Diagnostics;
using System.Globalization;
using AiFactory.EndToEnd.Tests.Cluster.Harness;

namespace AiFactory.EndToEnd.Tests.Cluster.Faults;

/// <summary>
/// Every fault in random order for as many minutes as <c>AIFACTORY_SOAK_MINUTES</c> says; not run without it. The seed is printed; <c>AIFACTORY_SOAK_SEED</c>
/// gives the same order of faults and victims again.
/// </summary>
public sealed class SoakTests
{
    private const string Minutes = "AIFACTORY_SOAK_MINUTES";
    private const string Seed = "AIFACTORY_SOAK_SEED";
    private const int Some = 60;

    [Fact]
    public async Task Faults_InRandomOrderUnderLoad_LoseAndDoubleNothing()
    {
        var minutes = Number(Minutes);
        Assert.SkipWhen(minutes is null, $"{Minutes} is not set.");
        var seed = Number(Seed) ?? Random.Shared.Next();
        Tell($"Seed {seed}.");
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await FaultyCluster.ServingBehindProxies(cancellation);
        await using var load = new Workload(cluster, Workload.Calm);
        await load.Go(Some, cancellation);
        var random = new Random(seed);
        var faults = new FaultsInTurn(cluster, load, random).All;
        for (var watch = Stopwatch.StartNew(); watch.Elapsed.TotalMinutes < minutes;)
        {
            var (name, befall) = faults[random.Next(faults.Count)];
            Tell(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed:hh\\:mm\\:ss} {name}"));
            await befall(cancellation);
        }

        await load.Go(Some, cancellation);
        await Recount.Agrees(cluster, await load.Stop(cancellation), cancellation);
    }

    private static int? Number(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : null;

    private static void Tell(string what) => TestContext.Current.TestOutputHelper?.WriteLine(what);
}
