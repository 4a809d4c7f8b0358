using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Finance;

/// <summary>What one log's ledger says of a tenant's accounts.</summary>
/// <param name="Position">Every record before this address is in it.</param>
/// <param name="Accounts">Running balances, devices included: consumers positive, devices negative.</param>
/// <param name="Abroad">
/// By worker of another silo, what decisions in this log were charged for its time. That worker's own log holds its intervals, which know nothing of these
/// decisions and call their time overhead. Only the operator's share has it.
/// </param>
public sealed record LedgerShare(long Position, IReadOnlyList<StatementLine> Accounts, IReadOnlyDictionary<string, Picodollars> Abroad)
{
    public static readonly IReadOnlyDictionary<string, Picodollars> Nothing = new Dictionary<string, Picodollars>();

    /// <summary>Whether a worker's intervals are in another log than this one.</summary>
    public static bool IsAbroad(string log, string worker) => worker.Contains('/', StringComparison.Ordinal) && WorkerKey.FromGrainKey(worker).SiloName != log;
}

/// <summary>What one log's books come to, as <see cref="ReconciliationRules"/> compares them. All of it is of one position.</summary>
/// <param name="Accounts">Running balances of the tenant, devices included.</param>
/// <param name="Entries">Sums over the ledger's entries, by debited account; null where only the running balances are known.</param>
/// <param name="Decisions">Decision records in the log, counted apart from the ledger.</param>
/// <param name="LogCost">Their cost.</param>
/// <param name="Bill">The devices' bill; zero with <paramref name="Charged"/> for tenants who do not see it.</param>
/// <param name="Charged">What the ledger charged against that bill.</param>
public sealed record ReconciliationShare(
    long Position,
    IReadOnlyList<StatementLine> Accounts,
    IReadOnlyList<StatementLine>? Entries,
    long Decisions,
    Picodollars LogCost,
    Picodollars Bill,
    Picodollars Charged);
