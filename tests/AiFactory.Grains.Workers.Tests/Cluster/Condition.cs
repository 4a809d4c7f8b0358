using AiFactory.Domain.Refusals;

namespace AiFactory.Grains.Workers.Tests.Cluster;

/// <summary>Waits for what a worker does in its own time.</summary>
internal static class Condition
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>The first value that satisfies, asked for again and again; fails after 30 s with the last value.</summary>
    public static async Task<T> Until<T>(Func<Task<T>> read, Func<T, bool> satisfied)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var value = await read();
            if (satisfied(value))
            {
                return value;
            }

            if (TimeProvider.System.GetElapsedTime(since) > Limit)
            {
                Assert.Fail($"Not satisfied within {Limit}: {value}");
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    public static Task<T> UntilValue<T>(Func<T> read, Func<T, bool> satisfied) => Until(() => Task.FromResult(read()), satisfied);

    /// <summary>The refusal that the call ends in.</summary>
    public static async Task<Refusal> Refused(Func<Task> call) => (await Assert.ThrowsAsync<RefusedException>(call)).Refusal;
}
