using AiFactory.Domain.Decisions;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Finance;

/// <summary>Adds the shares of all logs up to one statement.</summary>
public static class StatementRules
{
    /// <summary>
    /// The statement over all shares. Every line is a sum, so it does not matter which log holds a record. Time of a device that was charged to decisions in
    /// other logs than its own is taken off its overhead, as far as its own log's share is there.
    /// </summary>
    public static CostStatement Sum(string tenant, IReadOnlyList<LogShare<LedgerShare>> shares, DateTimeOffset now)
    {
        var known = shares.Where(share => share.Share is not null).ToList();
        var accounts = new SortedDictionary<string, StatementLine>(StringComparer.Ordinal);
        foreach (var line in known.SelectMany(share => share.Share!.Accounts))
        {
            Add(accounts, line);
        }

        var logs = known.Select(share => share.Standing.Log).ToHashSet(StringComparer.Ordinal);
        foreach (var (worker, charged) in known.SelectMany(share => share.Share!.Abroad).Where(abroad => logs.Contains(WorkerKey.FromGrainKey(abroad.Key).SiloName)))
        {
            Add(accounts, new(PostingRules.OverheadPrefix + worker, 0, Picodollars.Zero - charged));
            Add(accounts, new(PostingRules.DevicePrefix + worker, 0, charged));
        }

        var consumers = accounts.Values.Where(line => !PostingRules.IsDevice(line.Account)).ToList();
        return new CostStatement(
            tenant,
            consumers,
            Total(consumers, PostingRules.DecisionPrefix),
            Total(consumers, PostingRules.TrainingPrefix),
            Total(consumers, PostingRules.OverheadPrefix),
            Total(consumers, PostingRules.IdlePrefix),
            Picodollars.Zero - Total(accounts.Values, PostingRules.DevicePrefix),
            consumers.Where(line => line.Account.StartsWith(PostingRules.DecisionPrefix, StringComparison.Ordinal))
                .ToDictionary(line => PostingRules.DecisionMaker(line.Account), line => PostingRules.CostPer1000Usd(line.Balance, line.Entries)),
            now,
            [.. shares.Select(share => share.Standing)]);
    }

    /// <summary>Lines of the same account added up, by account.</summary>
    public static IReadOnlyList<StatementLine> Sum(IEnumerable<StatementLine> lines)
    {
        var sums = new SortedDictionary<string, StatementLine>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            Add(sums, line);
        }

        return [.. sums.Values];
    }

    private static void Add(SortedDictionary<string, StatementLine> accounts, StatementLine line) => accounts[line.Account] =
        accounts.TryGetValue(line.Account, out var sum) ? new(line.Account, sum.Entries + line.Entries, sum.Balance + line.Balance) : line;

    private static Picodollars Total(IEnumerable<StatementLine> lines, string prefix) =>
        lines.Where(line => line.Account.StartsWith(prefix, StringComparison.Ordinal)).Aggregate(Picodollars.Zero, (sum, line) => sum + line.Balance);
}
