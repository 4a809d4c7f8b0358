using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Serving;

/// <summary>
/// Ten thousand requests whose callers hang up: what was computed and recorded all the same, whether anything is left to do afterwards, and latency and memory
/// beside those of before.
/// </summary>
internal static class CancelBenchmark
{
    private const string Dimensions = "64-4096-4096-10";
    private const int Requests = 10_000;
    private const int AtOnce = 128;
    private const int HangUpMsMax = 10;
    private const double QuietSeconds = 2;

    public static async Task<int> Run(CancellationToken cancellation)
    {
        using var served = await ServedModel.Start(Dimensions, new { latencyObjectiveMs = 10_000, timeoutMs = 10_000 }, cancellation);
        await OpenLoad.Run(served.Request, served.Expected, 8, null, 3, cancellation);
        var before = await OpenLoad.Run(served.Request, served.Expected, 1, null, QuietSeconds, cancellation);
        var (memory, rows, decisions) = (served.ResidentMb, await served.RowsComputed(cancellation), await served.Metric("aifactory_decisions_total", cancellation));

        var watch = Stopwatch.StartNew();
        var random = new Random(7);
        var waits = Enumerable.Range(0, Requests).Select(_ => random.Next(HangUpMsMax)).ToArray();
        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (i, token) =>
        {
            using var socket = await served.Request.Connect(token);
            await served.Request.Send(socket, token);
            await Pacing.Wait(TimeSpan.FromMilliseconds(waits[i]), token);
            // With nothing lingering the server sees a reset, as of a caller that died.
            socket.LingerState = new LingerOption(true, 0);
        });
        var seconds = watch.Elapsed.TotalSeconds;

        await Pacing.Wait(TimeSpan.FromSeconds(1), cancellation);
        var settled = await served.RowsComputed(cancellation);
        await Pacing.Wait(TimeSpan.FromSeconds(1), cancellation);
        var left = await served.RowsComputed(cancellation) - settled;
        var recorded = await served.Metric("aifactory_decisions_total", cancellation) - decisions;
        var after = await OpenLoad.Run(served.Request, served.Expected, 1, null, QuietSeconds, cancellation);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"""
            cancel: {Requests} requests hung up on after 0 to {HangUpMsMax} ms, {AtOnce} at a time, in {seconds:F1} s; load average {ProcessMeter.LoadAverage()}
              computed   {settled - rows,8} rows  x{(settled - rows) / (double)Requests:F2} of the requests
              recorded   {recorded,8:F0} decisions (answered before their caller hung up)
              left       {left,8} rows computed once the callers were gone (goal 0)
              latency    {Median(after),8:F2} ms  x{Median(after) / Median(before):F2} of before
              memory     {served.ResidentMb,8:F0} MB  x{served.ResidentMb / memory:F2} of before
            """));
        return left == 0 ? 0 : 1;
    }

    private static double Median(OpenResult result) => result.LatenciesMs[result.LatenciesMs.Length / 2];
}
