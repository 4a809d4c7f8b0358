using System.Globalization;

namespace AiFactory.Domain.Finance;

/// <summary>Compares what the ledger says with what the decision log and the devices' bill say, to the picodollar.</summary>
public static class ReconciliationRules
{
    /// <param name="accounts">Running balances of the tenant, devices included.</param>
    /// <param name="entries">Sums over the ledger's entries, by debited account.</param>
    /// <param name="decisions">Decision records in the log.</param>
    /// <param name="logCost">Their cost.</param>
    /// <param name="bill">The devices' bill; zero with <paramref name="charged"/> for tenants who do not see it.</param>
    /// <param name="charged">What the ledger charged against that bill.</param>
    public static CostReconciliation Compare(
        IReadOnlyList<StatementLine> accounts, IReadOnlyList<StatementLine> entries, long decisions, Picodollars logCost, Picodollars bill, Picodollars charged)
    {
        var posted = entries.Where(IsDecision).ToList();
        var ledgerCost = Sum(posted);
        var balances = accounts.Where(line => !line.Account.StartsWith(PostingRules.DevicePrefix, StringComparison.Ordinal)).OrderBy(line => line.Account, StringComparer.Ordinal);
        (bool Holds, string Finding)[] checks =
        [
            Check(ledgerCost == logCost, $"Decision postings come to {ledgerCost} picodollars, the decision records in the log to {logCost}"),
            Check(posted.Sum(line => line.Entries) == decisions, $"The ledger holds {posted.Sum(line => line.Entries)} decision postings, the log {decisions} decision records"),
            Check(balances.SequenceEqual(entries.OrderBy(line => line.Account, StringComparer.Ordinal)), $"Running balances against sums over the entries, {entries.Count} accounts"),
            Check(Sum(accounts) == Picodollars.Zero, $"Debits less credits come to {Sum(accounts)} picodollars"),
            Check(bill == charged, $"The devices' bill is {bill} picodollars, charged against it are {charged}"),
        ];
        return new CostReconciliation(decisions, ledgerCost, logCost, bill, charged, checks.All(check => check.Holds), [.. checks.Select(check => check.Finding)]);
    }

    private static (bool Holds, string Finding) Check(bool holds, FormattableString what) =>
        (holds, $"{what.ToString(CultureInfo.InvariantCulture)}: {(holds ? "agrees" : "DIFFERS")}.");

    private static bool IsDecision(StatementLine line) => line.Account.StartsWith(PostingRules.DecisionPrefix, StringComparison.Ordinal);

    private static Picodollars Sum(IEnumerable<StatementLine> lines) => lines.Aggregate(Picodollars.Zero, (sum, line) => sum + line.Balance);
}
