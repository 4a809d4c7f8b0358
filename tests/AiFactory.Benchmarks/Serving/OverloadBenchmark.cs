using System.Globalization;
using AiFactory.Benchmarks.Processes;
using AiFactory.Client;

namespace AiFactory.Benchmarks.Serving;

/// <summary>
/// Five times as many requests as can be answered, for a minute: what is still answered in time beside the peak of the same run, the 99th percentile of what is
/// let in beside the objective, memory while it lasts, and records beside answers.
/// </summary>
/// <remarks>
/// The peak is the most answers within the objective that the same generator got from the same model on an endpoint that refuses nothing, at the best number
/// of connections, before and after. The device is one slot of the machine and its model slow, so that the rest of the machine can send and refuse the other four fifths.
/// </remarks>
internal static class OverloadBenchmark
{
    public const string Usage = "serving overload [--seconds 60] [--objective 500]   (milliseconds)";

    private const string Dimensions = "64-4096-4096-4096-4096-4096-4096-10";
    private const string Unshielded = "unshielded";
    private const int Overload = 5;
    private const int SpareConnections = 200;
    private const int WarmSeconds = 10;
    private const int PeakRounds = 3;
    private static readonly int[] PeakConnections = [32, 64, 128, 256];

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var (seconds, objectiveMs) = (Arguments.Number(arguments, "--seconds", 60.0), Arguments.Number(arguments, "--objective", 500.0));
        var environment = new Dictionary<string, string> { ["AIFACTORY__CPUSLOTS"] = "1" };
        using var served = await ServedModel.Start(Dimensions, new { latencyObjectiveMs = objectiveMs, timeoutMs = 2000 }, cancellation, environment);
        await served.Product.DeployAs(Unshielded, new { variants = new[] { Product.Variant("only", Product.Endpoint, 100) }, serving = new { timeoutMs = 60_000 } }, cancellation);
        var answered = 0L;
        var peak = await Peak();
        // Those let in hold a connection for up to the objective.
        var connections = (int)(2 * peak.GoodPerSecond * objectiveMs / 1000) + SpareConnections;
        await Load(served.Request, connections, Overload * peak.GoodPerSecond, WarmSeconds);

        var meter = new OverloadMeter(served);
        var under = await meter.Watch(Load(served.Request, connections, Overload * peak.GoodPerSecond, seconds), cancellation);
        using var client = FactoryClient.Connect(served.Product.Url, served.Product.ApiKey);
        var after = await Rounds(served.RequestTo(Unshielded), peak.Connections);
        var (before, top) = (peak.GoodPerSecond, Medians.Of([.. peak.Rounds, .. after]));
        var books = await client.Cost.Reconcile(cancellation);
        var good = under.GoodPerSecond(objectiveMs);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"""
            overload x{Overload} for {under.Seconds:F0} s, {Dimensions} on one device, objective {objectiveMs} ms; load average {ProcessMeter.LoadAverage()}
              peak       {top,8:F0}/s within the objective at {peak.Connections} connections (best of {string.Join(", ", PeakConnections)}), nothing refused; {before:F0}/s before and {Medians.Of(after):F0}/s after
              offered    {(under.LatenciesMs.Length + under.Refused + under.Failed) / under.Seconds,8:F0}/s sent, x{(under.LatenciesMs.Length + under.Refused + under.Failed) / under.Seconds / top:F2} of the peak ({under.Late} not sent for want of a free connection)
              goodput    {good,8:F0}/s  x{good / top:F2} of the peak (goal 0.90); answered at all x{under.PerSecond / top:F2}
              p99        {under.P99Ms,8:F1} ms x{under.P99Ms / objectiveMs:F2} of the objective (goal 1.00)
              refused    {under.Refused,8}    failed {under.Failed}, wrong {under.Wrong}
              memory     {meter.LastMb,8:F0} MB x{meter.LastMb / meter.FirstMb:F2} of the start; slope {meter.SlopeMbPerMinute:+0.0;-0.0} MB a minute over the last half
              decisions  {books.Decisions,8} in log and ledger, {answered} answered: {answered - books.Decisions} lost; books {(books.Exact ? "agree" : "DIFFER")}
              cpu        {meter.ServerCores,8:F2} cores of the server, {meter.GeneratorCores:F2} of the generator; device busy {meter.DeviceBusy:P0}
            """));
        return under.Failed + under.Wrong == 0 && answered == books.Decisions && books.Exact ? 0 : 1;

        async Task<PeakFound> Peak()
        {
            var request = served.RequestTo(Unshielded);
            await Load(request, PeakConnections[1], null, WarmSeconds);
            var found = new List<PeakFound>();
            foreach (var atOnce in PeakConnections)
            {
                found.Add(new(atOnce, await Rounds(request, atOnce)));
            }

            return found.MaxBy(peak => peak.GoodPerSecond)!;
        }

        async Task<double[]> Rounds(RawRequest request, int atOnce)
        {
            var goods = new double[PeakRounds];
            for (var round = 0; round < goods.Length; round++)
            {
                goods[round] = (await Load(request, atOnce, null, Math.Min(seconds / 4, 6))).GoodPerSecond(objectiveMs);
            }

            return goods;
        }

        async Task<OpenResult> Load(RawRequest request, int connections, double? perSecond, double length)
        {
            var result = await OpenLoad.Run(request, served.Expected, connections, perSecond, length, cancellation);
            answered += result.LatenciesMs.Length;
            return result;
        }
    }

    /// <param name="Rounds">Answers within the objective a second, in each.</param>
    private sealed record PeakFound(int Connections, double[] Rounds)
    {
        public double GoodPerSecond => Medians.Of(Rounds);
    }
}
