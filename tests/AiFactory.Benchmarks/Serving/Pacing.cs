namespace AiFactory.Benchmarks.Serving;

/// <summary>Spaces out what a load does.</summary>
internal static class Pacing
{
    public static async Task Wait(TimeSpan time, CancellationToken cancellation)
    {
        if (time > TimeSpan.FromMilliseconds(1))
        {
            using var timer = new PeriodicTimer(time);
            await timer.WaitForNextTickAsync(cancellation);
        }
        else
        {
            await Task.Yield();
        }
    }
}
