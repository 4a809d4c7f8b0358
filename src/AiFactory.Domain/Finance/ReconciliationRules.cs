using System.Globalization;
using AiFactory.Domain.Decisions;

namespace AiFactory.Domain.Finance;

/// <summary>
/// Compares what the ledgers say with what the decision logs and the devices' bills say, to the picodollar. Each log's books are closed in themselves, so that each
/// is compared at its own position, and the sums of all that are known are compared too.
/// </summary>
public static class ReconciliationRules
{
    /// <summary>The comparison over all logs. Exact when all that was compared agrees, log by log, and no log is missing.</summary>
    public static CostReconciliation Compare(IReadOnlyList<LogShare<ReconciliationShare>> shares)
    {
        var known = shares.Where(share => share.Share is not null).ToList();
        var sum = Sum([.. known.Select(share => share.Share!)]);
        var findings = Check(sum).ToList();
        var differing = known.Select(share => (share.Standing.Log, Bad: Check(share.Share!).Where(check => !check.Holds).ToList())).Where(log => log.Bad.Count > 0).ToList();
        return new CostReconciliation(
            sum.Decisions,
            LedgerCost(sum),
            sum.LogCost,
            sum.Bill,
            sum.Charged,
            findings.TrueForAll(check => check.Holds) && differing.Count == 0 && known.Count == shares.Count,
            [
                .. findings.Select(check => check.Finding),
                .. shares.Count == 1 ? [] : differing.SelectMany(log => log.Bad.Select(check => $"Log {log.Log}: {check.Finding}")),
                .. shares.Select(share => Missing(share.Standing)).OfType<string>(),
            ],
            [.. shares.Select(share => share.Standing)]);
    }

    private static ReconciliationShare Sum(IReadOnlyList<ReconciliationShare> shares) => new(
        0,
        StatementRules.Sum(shares.SelectMany(share => share.Accounts)),
        StatementRules.Sum(shares.SelectMany(Entries)),
        shares.Sum(share => share.Decisions),
        shares.Aggregate(Picodollars.Zero, (sum, share) => sum + share.LogCost),
        shares.Aggregate(Picodollars.Zero, (sum, share) => sum + share.Bill),
        shares.Aggregate(Picodollars.Zero, (sum, share) => sum + share.Charged));

    private static IEnumerable<(bool Holds, string Finding)> Check(ReconciliationShare share)
    {
        var entries = Entries(share).OrderBy(line => line.Account, StringComparer.Ordinal).ToList();
        var ledgerCost = LedgerCost(share);
        var postings = entries.Where(IsDecision).Sum(line => line.Entries);
        var balances = share.Accounts.Where(line => !PostingRules.IsDevice(line.Account)).OrderBy(line => line.Account, StringComparer.Ordinal);
        yield return Check(ledgerCost == share.LogCost, $"Decision postings come to {ledgerCost} picodollars, the decision records in the log to {share.LogCost}");
        yield return Check(postings == share.Decisions, $"The ledger holds {postings} decision postings, the log {share.Decisions} decision records");
        yield return Check(balances.SequenceEqual(entries), $"Running balances against sums over the entries, {entries.Count} accounts");
        yield return Check(Sum(share.Accounts) == Picodollars.Zero, $"Debits less credits come to {Sum(share.Accounts)} picodollars");
        yield return Check(share.Bill == share.Charged, $"The devices' bill is {share.Bill} picodollars, charged against it are {share.Charged}");
    }

    private static string? Missing(LogStanding log) => log.State switch
    {
        LogState.Published => string.Create(CultureInfo.InvariantCulture,
            $"Log {log.Log} does not answer: compared by its running balances as of {log.AsOf:u}, up to address {log.Position}."),
        LogState.Unknown => $"Log {log.Log} does not answer and has published nothing: it is not in the sums.",
        _ => null,
    };

    private static (bool Holds, string Finding) Check(bool holds, FormattableString what) =>
        (holds, $"{what.ToString(CultureInfo.InvariantCulture)}: {(holds ? "agrees" : "DIFFERS")}.");

    // Where only running balances are known they stand in for the entries.
    private static IEnumerable<StatementLine> Entries(ReconciliationShare share) => share.Entries ?? share.Accounts.Where(line => !PostingRules.IsDevice(line.Account));

    private static Picodollars LedgerCost(ReconciliationShare share) => Sum(Entries(share).Where(IsDecision));

    private static bool IsDecision(StatementLine line) => line.Account.StartsWith(PostingRules.DecisionPrefix, StringComparison.Ordinal);

    private static Picodollars Sum(IEnumerable<StatementLine> lines) => lines.Aggregate(Picodollars.Zero, (sum, line) => sum + line.Balance);
}
