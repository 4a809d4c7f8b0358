using System.Diagnostics.Metrics;

namespace AiFactory.Benchmarks.Serving.Features;

/// <summary>Observable counters of this process, read once.</summary>
internal static class CounterReading
{
    /// <summary>Sum of a counter over all of its series.</summary>
    public static long Of(string instrument)
    {
        var sum = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = (published, listening) =>
            {
                if (published.Name == instrument)
                {
                    listening.EnableMeasurementEvents(published);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => sum += value);
        listener.Start();
        listener.RecordObservableInstruments();
        return sum;
    }
}
