using AiFactory.Domain.Decisions;

namespace AiFactory.Domain.Finance;

/// <summary>
/// One double-entry posting: <paramref name="Amount"/> moves from a resource account to a consumer account.
/// </summary>
/// <param name="Debit">Consumer: <c>endpoint/NAME/variant/V</c>, <c>endpoint/NAME/shadow/S</c>, <c>endpoint/NAME/default</c>, <c>training/RUN</c>, <c>idle/WORKER</c>, <c>overhead/WORKER</c>.</param>
/// <param name="Credit">Resource: <c>device/SILO/DEVICE</c>.</param>
public sealed record LedgerEntry(string Tenant, DateTimeOffset At, string Debit, string Credit, Picodollars Amount);

/// <summary>One account's balance over a period.</summary>
/// <param name="Entries">Meter records behind the balance.</param>
public sealed record StatementLine(string Account, long Entries, Picodollars Balance);

/// <summary>What was consumed, by account, and what it adds up to.</summary>
/// <param name="DecisionsTotal">Sum of the lines that decisions were charged to.</param>
/// <param name="IdleTotal">Device time nobody used, shown apart.</param>
/// <param name="CostPer1000DecisionsUsd">By <c>endpoint/variant</c>; of shadows by <c>endpoint/shadow/NAME</c>, of static defaults <c>endpoint/default</c>.</param>
/// <param name="Logs">How each decision log of the factory counts in it.</param>
public sealed record CostStatement(
    string Tenant,
    IReadOnlyList<StatementLine> Lines,
    Picodollars DecisionsTotal,
    Picodollars TrainingTotal,
    Picodollars OverheadTotal,
    Picodollars IdleTotal,
    Picodollars LedgerTotal,
    IReadOnlyDictionary<string, decimal> CostPer1000DecisionsUsd,
    DateTimeOffset AsOf,
    IReadOnlyList<LogStanding>? Logs = null);

/// <summary>Proof that the ledgers, an independent scan of the decision logs and the devices' bill agree.</summary>
/// <param name="LedgerDecisions">Sum of decision postings in the ledger.</param>
/// <param name="LogDecisions">Sum over the decision records themselves, read anew.</param>
/// <param name="DeviceBill">Rate times wall time, over the device intervals metered so far.</param>
/// <param name="DeviceCharged">Decisions, training, overhead and idle charged against those intervals.</param>
/// <param name="Exact">Whether all of it agrees, for each log too, and no log is missing.</param>
/// <param name="Logs">How each decision log of the factory counts in it.</param>
public sealed record CostReconciliation(
    long Decisions,
    Picodollars LedgerDecisions,
    Picodollars LogDecisions,
    Picodollars DeviceBill,
    Picodollars DeviceCharged,
    bool Exact,
    IReadOnlyList<string> Findings,
    IReadOnlyList<LogStanding>? Logs = null);
