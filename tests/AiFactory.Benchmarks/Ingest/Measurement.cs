using System.Diagnostics;
using System.Globalization;

namespace AiFactory.Benchmarks.Ingest;

/// <summary>What one process used for its work.</summary>
/// <param name="Seconds">By the clock.</param>
/// <param name="ProcessorSeconds">Of all threads together.</param>
/// <param name="PeakMebibytes">Largest resident set since the process began.</param>
internal sealed record Measurement(double Seconds, double ProcessorSeconds, long PeakMebibytes)
{
    /// <summary>Begins to measure this process; what is returned ends it.</summary>
    public static Func<Measurement> Start()
    {
        var watch = Stopwatch.StartNew();
        var processorBefore = Environment.CpuUsage.TotalTime;
        return () =>
        {
            var elapsed = watch.Elapsed.TotalSeconds;
            using var self = Process.GetCurrentProcess();
            return new(elapsed, (Environment.CpuUsage.TotalTime - processorBefore).TotalSeconds, self.PeakWorkingSet64 >> 20);
        };
    }

    /// <summary>For another process to read by <see cref="FromLine"/>.</summary>
    public string ToLine() => string.Create(CultureInfo.InvariantCulture, $"{Seconds} {ProcessorSeconds} {PeakMebibytes}");

    public static Measurement FromLine(string line)
    {
        var parts = line.Split(' ', StringSplitOptions.TrimEntries);
        return new(double.Parse(parts[0], CultureInfo.InvariantCulture), double.Parse(parts[1], CultureInfo.InvariantCulture),
            long.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    public string Describe(long rows) => string.Create(CultureInfo.InvariantCulture,
        $"{rows / Seconds,9:F0} rows/s, {Seconds:F2} s, {ProcessorSeconds:F2} processor s, peak {PeakMebibytes} MiB");
}
