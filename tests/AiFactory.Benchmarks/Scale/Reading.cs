using System.Globalization;

namespace AiFactory.Benchmarks.Scale;

/// <summary>What a round gave, of all silos together.</summary>
/// <param name="CpuUs">Processor time of all silos, microseconds a decision.</param>
/// <param name="AllocatedBytes">Managed memory that all silos allocated, bytes a decision.</param>
/// <param name="Messages">Messages between silos, a decision.</param>
/// <param name="Near">Share of decisions whose worker is in the gateway's process.</param>
internal sealed record Reading(double PerSecond, double P50Us, double P99Us, double CpuUs, double AllocatedBytes, double Messages, double Near, double Errors)
{
    public static Reading Median(IReadOnlyList<Reading> readings) => new(
        Medians.Of(readings.Select(reading => reading.PerSecond)),
        Medians.Of(readings.Select(reading => reading.P50Us)),
        Medians.Of(readings.Select(reading => reading.P99Us)),
        Medians.Of(readings.Select(reading => reading.CpuUs)),
        Medians.Of(readings.Select(reading => reading.AllocatedBytes)),
        Medians.Of(readings.Select(reading => reading.Messages)),
        Medians.Of(readings.Select(reading => reading.Near)),
        readings.Sum(reading => reading.Errors));

    /// <param name="alone">What one silo gave.</param>
    public string Against(Reading alone, int silos, int gateways) => string.Create(CultureInfo.InvariantCulture,
        $"  {silos} silos, load on {gateways}: {PerSecond,7:F0}/s (x{PerSecond / alone.PerSecond:F2} of one silo)  p50 {P50Us / 1000:F2} ms  p99 {P99Us / 1000:F2} ms (x{P99Us / alone.P99Us:F2})  cpu {CpuUs:F1} us a decision (x{CpuUs / alone.CpuUs:F2})  {AllocatedBytes:F0} managed bytes  {Messages:F3} messages between silos  {Near:P0} beside their worker  errors {Errors:F0}");
}
