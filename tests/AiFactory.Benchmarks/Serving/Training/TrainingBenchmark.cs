using System.Globalization;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Serving.Training;

/// <summary>
/// One device that serves and trains: latency and goodput at a moderate rate while a run is under way beside the same without it, and the run's steps a
/// second beside those of a run that nobody disturbs. Rounds take turns, answers are checked.
/// </summary>
internal static class TrainingBenchmark
{
    public const string Usage = "serving training [--rounds 5] [--seconds 8] [--share 0.4]   (requests at 0.4 of the peak, with and without training)";

    private const string Dimensions = "64-1536-1536-10";
    private const double ObjectiveMs = 50;
    private const int PeakConnections = 32, OpenConnections = 128, WarmSeconds = 8;

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var (rounds, seconds, share) = (Arguments.Number(arguments, "--rounds", 5), Arguments.Number(arguments, "--seconds", 8.0), Arguments.Number(arguments, "--share", 0.4));
        var environment = new Dictionary<string, string> { ["AIFACTORY__CPUSLOTS"] = "1" };
        var folder = Directory.CreateTempSubdirectory("aifactory-training-");
        try
        {
            using var served = await ServedModel.Start(Dimensions, new { latencyObjectiveMs = ObjectiveMs }, cancellation, environment);
            using var course = await TrainingCourse.Prepare(served.Product, folder.FullName, cancellation);
            await Load(served, PeakConnections, null, WarmSeconds, cancellation);
            var peak = (await Load(served, PeakConnections, null, seconds, cancellation)).PerSecond;
            var results = new List<TrainingRound>();
            for (var round = 0; round < rounds; round++)
            {
                results.Add(await Round(served, course, share * peak, seconds, servesFirst: round % 2 == 0, cancellation));
                Console.WriteLine(results[^1].Line(round + 1));
            }

            return Print(results, share * peak, peak);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<TrainingRound> Round(ServedModel served, TrainingCourse course, double perSecond, double seconds, bool servesFirst, CancellationToken cancellation)
    {
        var alone = servesFirst ? await Load(served, OpenConnections, perSecond, seconds, cancellation) : null;
        var run = await course.Start(cancellation);
        var undisturbed = servesFirst ? double.NaN : await Pace(() => Pacing.Wait(TimeSpan.FromSeconds(seconds), cancellation));
        OpenResult? beside = null;
        var disturbed = await Pace(async () => beside = await Load(served, OpenConnections, perSecond, seconds, cancellation));
        undisturbed = servesFirst ? await Pace(() => Pacing.Wait(TimeSpan.FromSeconds(seconds), cancellation)) : undisturbed;
        await course.Stop(run, cancellation);
        return new(alone ?? await Load(served, OpenConnections, perSecond, seconds, cancellation), beside!, disturbed, undisturbed);

        // By the epochs that began and ended meanwhile.
        async Task<double> Pace(Func<Task> meanwhile)
        {
            var before = (await course.Epochs(run, cancellation)).Count;
            await meanwhile();
            var epochs = (await course.Epochs(run, cancellation)).Skip(before + 1).ToArray();
            return epochs.Length == 0 ? double.NaN : epochs.Length * TrainingCourse.Steps / epochs.Sum(epoch => epoch.Seconds);
        }
    }

    private static int Print(List<TrainingRound> results, double perSecond, double peak)
    {
        var faults = results.Sum(round => round.Alone.Failed + round.Beside.Failed + round.Alone.Wrong + round.Beside.Wrong);
        var (alone, beside) = (Of(round => round.Alone.P99Ms), Of(round => round.Beside.P99Ms));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            training beside {Dimensions}, one device, {perSecond:F0} requests a second of a peak of {peak:F0}, {results.Count} rounds; load average {ProcessMeter.LoadAverage()}
              p99        {beside,8:F1} ms  x{Of(round => round.Beside.P99Ms / round.Alone.P99Ms):F2} of {alone:F1} ms without; x{beside / ObjectiveMs:F2} of the objective of {ObjectiveMs} ms
              goodput    {Of(round => round.Beside.GoodPerSecond(ObjectiveMs)),8:F0}/s  x{Of(round => round.Beside.GoodPerSecond(ObjectiveMs) / round.Alone.GoodPerSecond(ObjectiveMs)):F2} of without (answers within the objective)
              refused    {results.Sum(round => round.Beside.Refused),8}     {results.Sum(round => round.Alone.Refused)} without; not sent for want of a free connection {results.Sum(round => round.Beside.Late)}, {results.Sum(round => round.Alone.Late)} without
              training   {Of(round => round.StepsDisturbed),8:F0} steps/s  x{Of(round => round.StepsDisturbed / round.StepsUndisturbed):F2} of {Of(round => round.StepsUndisturbed):F0} undisturbed (never below x0.20 by the gate)
              failed or wrong {faults}
            """));
        return faults == 0 ? 0 : 1;

        double Of(Func<TrainingRound, double> figure) => Medians.Of(results.Select(figure));
    }

    private static Task<OpenResult> Load(ServedModel served, int connections, double? perSecond, double seconds, CancellationToken cancellation) =>
        OpenLoad.Run(served.Request, served.Expected, connections, perSecond, seconds, cancellation);
}

/// <param name="Alone">Requests without training.</param>
/// <param name="Beside">Requests with it.</param>
/// <param name="StepsDisturbed">Training steps a second with requests; NaN when no epoch fitted into the round.</param>
internal sealed record TrainingRound(OpenResult Alone, OpenResult Beside, double StepsDisturbed, double StepsUndisturbed)
{
    public string Line(int number) => string.Create(CultureInfo.InvariantCulture,
        $"  round {number}: p50 {Alone.P50Ms:F2} / {Beside.P50Ms:F2} ms, p99 {Alone.P99Ms:F1} / {Beside.P99Ms:F1} ms without / with training; {StepsUndisturbed:F0} / {StepsDisturbed:F0} steps/s without / with requests");
}
