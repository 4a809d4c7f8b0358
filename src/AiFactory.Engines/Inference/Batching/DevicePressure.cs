namespace AiFactory.Engines.Inference.Batching;

/// <summary>Whether a device's messages lately came close to their latency objective. One thread observes, any may ask.</summary>
internal sealed class DevicePressure
{
    // Of the objective; the rest is for the way to the device and back.
    private const double Share = 0.5;
    private const long MemoryNanoseconds = 100_000_000;

    private long _pressedUntil = long.MinValue;

    public bool IsPressed(long now) => now < Volatile.Read(ref _pressedUntil);

    public void Observe(in BatchObservation batch)
    {
        if (batch.WorstNanoseconds > Share * batch.ObjectiveNanoseconds)
        {
            Volatile.Write(ref _pressedUntil, batch.StartedAt + batch.Nanoseconds + MemoryNanoseconds);
        }
    }
}
