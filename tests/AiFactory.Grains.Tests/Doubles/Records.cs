using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;

namespace AiFactory.Grains.Tests.Doubles;

/// <summary>What a gateway and a device write to a log.</summary>
internal static class Records
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static DecisionRecord Decision(string tenant, Int128 cost, string worker, string variant = "a", bool positive = true, string model = "mlp", string endpoint = "churn") => new(
        Noon, tenant, endpoint, 1, variant, model, 1, "request", "unit", 1, 1, new byte[4], new byte[4], positive ? "yes" : "no", positive, worker, 1, 1_000, 1, new Picodollars(cost), 900);

    public static DeviceTimeRecord Interval(string worker, Int128 inference, Int128 idle) => new(
        Noon, worker, "session", 1, 1_000, new Picodollars(inference + idle), new Picodollars(inference), new Dictionary<string, Picodollars>(), new Picodollars(idle));
}
