using System.Diagnostics;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;

namespace AiFactory.Benchmarks.Serving.Features;

/// <summary>What metering does on the device for each batch, timed alone: no switch takes it away.</summary>
internal static class MeteringCost
{
    private const int Requests = 16, Batches = 200_000;

    /// <returns>A request's share, in ns.</returns>
    public static double Nanoseconds()
    {
        var clock = new DeviceClock(new DevicePricing(1), TimeProvider.System);
        var (rows, shares) = (Enumerable.Repeat(1, Requests).ToArray(), new long[Requests]);
        for (var i = 0; i < Batches; i++)
        {
            Batch();
        }

        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Batches; i++)
        {
            Batch();
        }

        return Stopwatch.GetElapsedTime(began).TotalNanoseconds / ((long)Batches * Requests);

        void Batch()
        {
            var charge = clock.End(clock.Begin(DeviceActivity.Inference));
            CostShares.Split(charge.Nanoseconds, rows, shares);
            CostShares.Split((long)charge.Price.Value, rows, shares);
        }
    }
}
