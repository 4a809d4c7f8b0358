using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;

namespace AiFactory.DecisionLog.Tests;

internal static class Records
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static DecisionRecord Decision(long number, int featureBytes = 120) => new(
        Noon.AddMilliseconds(number), "default", "churn", 3, "a", "churn-mlp", 1, $"request-{number}", $"unit-{number}", (int)(number % 10_000), 1,
        Bytes(number, featureBytes), Bytes(number + 1, 8), number % 2 == 0 ? "yes" : "no", number % 2 == 0, "silo-1/cpu-0", 4, 25_000 + number, 1,
        new Picodollars(347 + number), 900 + number);

    public static OutcomeRecord Outcome(long decision) => new(Noon, "default", "churn", decision, "yes", true);

    public static DeviceTimeRecord DeviceTime(long interval) => new(
        Noon, "silo-1/cpu-0", "session-1", interval, 2_000_000_000, new Picodollars(27_777_777), new Picodollars(7_777),
        new SortedDictionary<string, Picodollars>(StringComparer.Ordinal) { ["default/run-1"] = new(20_000_000), ["other/run-2"] = new(-5) },
        new Picodollars(7_770_005));

    /// <summary>Equality by value, blobs and dictionaries included.</summary>
    public static void AssertSame(LogRecord expected, LogRecord? actual)
    {
        switch (expected)
        {
            case DecisionRecord decision:
                var read = Assert.IsType<DecisionRecord>(actual);
                Assert.Equal(decision.Features.ToArray(), read.Features.ToArray());
                Assert.Equal(decision.Outputs.ToArray(), read.Outputs.ToArray());
                Assert.Equal(decision with { Features = default, Outputs = default }, read with { Features = default, Outputs = default });
                break;
            case DeviceTimeRecord time:
                var readTime = Assert.IsType<DeviceTimeRecord>(actual);
                Assert.Equal(time.Training.OrderBy(share => share.Key, StringComparer.Ordinal), readTime.Training);
                Assert.Equal(time with { Training = readTime.Training }, readTime);
                break;
            default:
                Assert.Equal(expected, actual);
                break;
        }
    }

    private static byte[] Bytes(long seed, int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(seed * 31 + i * 7))];
}
