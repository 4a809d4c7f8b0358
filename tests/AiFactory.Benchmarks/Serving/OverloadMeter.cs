using System.Diagnostics;
using AiFactory.Benchmarks.Processes;

namespace AiFactory.Benchmarks.Serving;

/// <summary>Memory and processor time while a load lasts.</summary>
internal sealed class OverloadMeter(ServedModel served)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private readonly List<(double Second, double Mb)> _memory = [];

    public double FirstMb => _memory[0].Mb;

    public double LastMb => _memory[^1].Mb;

    /// <summary>Of the least-squares line through the later half of the samples.</summary>
    public double SlopeMbPerMinute
    {
        get
        {
            var later = _memory[(_memory.Count / 2)..];
            var (second, mb) = (later.Average(sample => sample.Second), later.Average(sample => sample.Mb));
            return 60 * later.Sum(sample => (sample.Second - second) * (sample.Mb - mb)) / later.Sum(sample => Math.Pow(sample.Second - second, 2));
        }
    }

    public double ServerCores { get; private set; }

    public double GeneratorCores { get; private set; }

    /// <summary>Share of the time that the device computed.</summary>
    public double DeviceBusy { get; private set; }

    public async Task<OpenResult> Watch(Task<OpenResult> load, CancellationToken cancellation)
    {
        using var self = Process.GetCurrentProcess();
        var watch = Stopwatch.StartNew();
        var (server, generator, busy) = (ProcessMeter.CpuSeconds(served.Product.Process), self.TotalProcessorTime.TotalSeconds, await served.Metric("aifactory_device_busy_seconds_total", cancellation));
        using var timer = new PeriodicTimer(Period);
        do
        {
            _memory.Add((watch.Elapsed.TotalSeconds, served.ResidentMb));
        }
        while (!load.IsCompleted && await timer.WaitForNextTickAsync(cancellation));

        var (result, seconds) = (await load, watch.Elapsed.TotalSeconds);
        self.Refresh();
        ServerCores = (ProcessMeter.CpuSeconds(served.Product.Process) - server) / seconds;
        GeneratorCores = (self.TotalProcessorTime.TotalSeconds - generator) / seconds;
        DeviceBusy = (await served.Metric("aifactory_device_busy_seconds_total", cancellation) - busy) / seconds;
        return result;
    }
}
