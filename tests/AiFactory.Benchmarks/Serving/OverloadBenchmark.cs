using System.Globalization;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Serving;

/// <summary>
/// Five times as many requests as can be answered, for a minute: what is still answered beside the peak of the same run, the 99th percentile of what is let in
/// beside the objective, memory at the end beside the start, and records beside answers.
/// </summary>
internal static class OverloadBenchmark
{
    // Slow enough that refusing four of five requests, and sending them, is not what the machine is busy with.
    private const string Dimensions = "64-4096-4096-10";
    private const double ObjectiveMs = 250;
    private const int PeakConnections = 32;
    private const int OverloadConnections = 400;
    private const int Overload = 5;
    private const int WarmSeconds = 5;
    private const int PeakRounds = 3;

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        var seconds = arguments is ["--seconds", var text] ? double.Parse(text, CultureInfo.InvariantCulture) : 60;
        using var served = await ServedModel.Start(Dimensions, new { latencyObjectiveMs = ObjectiveMs, timeoutMs = 2000 }, cancellation);
        var answered = 0L;
        await Load(PeakConnections, null, WarmSeconds);
        var peaks = new List<double>();
        for (var round = 0; round < PeakRounds; round++)
        {
            peaks.Add((await Load(PeakConnections, null, Math.Min(seconds / 4, 10))).PerSecond);
        }

        var peak = Medians.Of(peaks);
        var before = served.ResidentMb;
        var cpuBefore = ProcessMeter.CpuSeconds(served.Product.Process);
        var under = await Load(OverloadConnections, Overload * peak, seconds);
        var cpu = ProcessMeter.CpuSeconds(served.Product.Process) - cpuBefore;
        var after = served.ResidentMb;
        var recorded = await served.Metric("aifactory_decisions_total", cancellation);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"""
            overload x{Overload} for {under.Seconds:F0} s, {Dimensions}, objective {ObjectiveMs} ms; load average {ProcessMeter.LoadAverage()}
              offered    {(under.LatenciesMs.Length + under.Refused + under.Failed) / under.Seconds,8:F0}/s sent ({under.Late} not sent for want of a free connection)
              goodput    {under.PerSecond,8:F0}/s  x{under.PerSecond / peak:F2} of the peak of {peak:F0}/s (goal 0.90)
              p99        {under.P99Ms,8:F1} ms x{under.P99Ms / ObjectiveMs:F2} of the objective (goal 1.00)
              refused    {under.Refused,8}    failed {under.Failed}, wrong {under.Wrong}
              memory     {after,8:F0} MB x{after / before:F2} of before
              decisions  {recorded,8:F0} recorded, {answered} answered: {answered - recorded:F0} lost
              cpu        {cpu / under.Seconds,8:F2} cores of the server
            """));
        return under.Failed + under.Wrong == 0 && answered <= recorded ? 0 : 1;

        async Task<OpenResult> Load(int connections, double? perSecond, double length)
        {
            var result = await OpenLoad.Run(served.Request, served.Expected, connections, perSecond, length, cancellation);
            answered += result.LatenciesMs.Length;
            return result;
        }
    }
}
