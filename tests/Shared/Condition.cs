using AiFactory.Domain.Refusals;

namespace AiFactory.Testing;

/// <summary>Waits for what happens in its own time. Compiled into the test projects that need it.</summary>
internal static class Condition
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(5);

    /// <summary>The first value that satisfies, asked for again and again; fails after 60 s with the last value.</summary>
    public static async Task<T> Until<T>(Func<Task<T>> read, Func<T, bool> satisfied)
    {
        using var timer = new PeriodicTimer(Period);
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

    public static Task Until(Func<Task<bool>> satisfied) => Until(satisfied, static done => done);

    public static Task Until(Func<bool> satisfied) => Until(() => Task.FromResult(satisfied()));

    public static Task<T> UntilValue<T>(Func<T> read, Func<T, bool> satisfied) => Until(() => Task.FromResult(read()), satisfied);

    /// <summary>The refusal that the call ends in.</summary>
    public static async Task<Refusal> Refused(Func<Task> call) => (await Assert.ThrowsAsync<RefusedException>(call)).Refusal;
}
