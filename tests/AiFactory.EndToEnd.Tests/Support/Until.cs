using System.Diagnostics;

namespace AiFactory.EndToEnd.Tests.Support;

/// <summary>Waits on conditions, with a deadline and a message that says what did not come.</summary>
internal static class Until
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks until the probe gives something.</summary>
    public static async Task<T> Found<T>(string what, Func<Task<T?>> probe, CancellationToken cancellation, int secondsMax = 60)
        where T : class
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Interval);
        do
        {
            if (await probe() is { } found)
            {
                return found;
            }
        }
        while (watch.Elapsed.TotalSeconds < secondsMax && await timer.WaitForNextTickAsync(cancellation));

        throw new TimeoutException($"Waited {secondsMax} s in vain: {what}.");
    }

    /// <summary>Asks until the condition holds.</summary>
    public static Task True(string what, Func<Task<bool>> condition, CancellationToken cancellation, int secondsMax = 60) =>
        Found(what, async () => await condition() ? "true" : null, cancellation, secondsMax);
}
