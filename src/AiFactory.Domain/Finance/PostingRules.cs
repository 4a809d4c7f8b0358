using AiFactory.Domain.Decisions;
using AiFactory.Domain.Tenants;

namespace AiFactory.Domain.Finance;

/// <summary>
/// Which ledger entries a log record makes. Decisions and training are their tenant's; idle time and overhead are the operator's, tenant
/// <see cref="Tenant.Default"/>.
/// <para>
/// Overhead is what a device charged to inference less what decisions on it were charged: requests that never became decisions. A decision may be appended
/// just after the device interval that metered it; that interval then shows too much overhead and the next one takes it back (a negative entry). So, at
/// every interval, <c>decisions settled + overhead = inference</c> to the picodollar, and <c>bill = decisions settled + overhead + training + idle</c>. The same
/// correction covers decisions of a worker that died before it could meter its last interval.
/// </para>
/// </summary>
public static class PostingRules
{
    public const string DecisionPrefix = "endpoint/";
    public const string TrainingPrefix = "training/";
    public const string OverheadPrefix = "overhead/";
    public const string IdlePrefix = "idle/";
    public const string DevicePrefix = "device/";

    /// <summary>The entry of a decision; there is one for every decision, of zero cost too.</summary>
    public static LedgerEntry Post(in DecisionHead decision) => new(
        decision.Tenant, decision.At, DecisionAccount(decision), DevicePrefix + decision.Worker, decision.Cost);

    /// <summary>The entries of a device interval; none for amounts of zero.</summary>
    /// <param name="unsettled">Charged to decisions on this worker since its interval before.</param>
    public static IReadOnlyList<LedgerEntry> Post(DeviceTimeRecord interval, Picodollars unsettled)
    {
        var device = DevicePrefix + interval.Worker;
        List<LedgerEntry> entries =
        [
            new(Tenant.Default, interval.At, IdlePrefix + interval.Worker, device, interval.Idle),
            new(Tenant.Default, interval.At, OverheadPrefix + interval.Worker, device, interval.Inference - unsettled),
        ];
        foreach (var (run, amount) in interval.Training)
        {
            var slash = run.IndexOf('/', StringComparison.Ordinal);
            var (tenant, runId) = slash < 0 ? (Tenant.Default, run) : (run[..slash], run[(slash + 1)..]);
            entries.Add(new(tenant, interval.At, TrainingPrefix + runId, device, amount));
        }

        entries.RemoveAll(entry => entry.Amount == Picodollars.Zero);
        return entries;
    }

    /// <summary>The account a decision is charged to: shadows and static defaults have their own, beside those of the variants.</summary>
    public static string DecisionAccount(in DecisionHead decision) => decision.Kind switch
    {
        DecisionKind.Shadow => $"{DecisionPrefix}{decision.Endpoint}/shadow/{decision.Variant}",
        DecisionKind.Default => $"{DecisionPrefix}{decision.Endpoint}/default",
        _ => DecisionAccount(decision.Endpoint, decision.Variant),
    };

    /// <summary>What a decision account stands for: <c>endpoint/NAME/variant/V</c> as <c>NAME/V</c>, others without their prefix.</summary>
    public static string DecisionMaker(string account) => account.Split('/') is [_, var endpoint, "variant", var variant] ? $"{endpoint}/{variant}" : account[DecisionPrefix.Length..];

    public static string DecisionAccount(string endpoint, string variant) => $"{DecisionPrefix}{endpoint}/variant/{variant}";

    /// <summary>Whether an account is a resource's and not a consumer's.</summary>
    public static bool IsDevice(string account) => account.StartsWith(DevicePrefix, StringComparison.Ordinal);

    /// <summary>Cost of 1,000 decisions in USD; 0 before the first.</summary>
    public static decimal CostPer1000Usd(Picodollars cost, long decisions) => decisions == 0 ? 0 : cost.ToUsd() * 1000 / decisions;
}
