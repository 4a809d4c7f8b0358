using AiFactory.Domain.Decisions;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Finance;
using Orleans.Concurrency;
using Orleans.Metadata;

namespace AiFactory.Grains.Decisions;

/// <summary>
/// A decision log, wherever its owner is: a silo's is placed on that silo (key: <c>siloName/log</c>), a client's is reached by a relay. Get it by
/// <see cref="DecisionLogs.GetDecisionLog"/>.
/// </summary>
[Alias("aifactory.decision-log"), DefaultGrainType(DecisionLogs.SiloLogType), Version(1)]
public interface IDecisionLogGrain : IGrainWithStringKey
{
    [Alias("Read")]
    Task<DecisionRecord> Read(string tenant, long address);

    /// <summary>Decisions from an address on that were made for a request, or for one of the several that it held, whose names begin with its own and a hyphen.</summary>
    [Alias("FindRequest")]
    Task<IReadOnlyList<FoundDecision>> FindRequest(string tenant, long from, string requestId);

    /// <summary>The outcome of a decision, if one is known.</summary>
    [Alias("ReadOutcome")]
    Task<OutcomeRecord?> ReadOutcome(string tenant, long address);

    /// <summary>Addresses of the shadows' decisions that mirror a decision, as far as they are found among the records close behind it.</summary>
    [Alias("ReadShadows")]
    Task<IReadOnlyList<long>> ReadShadows(string tenant, long address);

    /// <summary>Takes outcomes of one endpoint's decisions in this log. Known ones with the same label are no effect.</summary>
    [Alias("ReportOutcomes")]
    Task<OutcomeReceipt> ReportOutcomes(string tenant, string endpoint, IReadOnlyList<OutcomeReport> outcomes);

    /// <summary>What this log's ledger says of a tenant's accounts, every record before the log's present tail included.</summary>
    [Alias("ReadLedger")]
    Task<LedgerShare> ReadLedger(string tenant);

    /// <summary>This log's books, its records counted anew: takes as long as reading the log takes.</summary>
    [Alias("Recount")]
    Task<ReconciliationShare> Recount(string tenant);

    /// <summary>What this log says of an endpoint's variants, every record before its present tail included.</summary>
    [Alias("ReadFigures")]
    Task<FiguresShare> ReadFigures(string tenant, string endpoint);
}

/// <summary>Brings what is asked of a client's log to that client. Key: the log's name.</summary>
[Alias("aifactory.decision-log-relay"), Version(1)]
public interface IDecisionLogRelayGrain : IGrainWithStringKey
{
    /// <summary>The client says where it is; to be said again every few seconds. The latest to say so is asked.</summary>
    [Alias("Register")]
    Task Register(IDecisionLogObserver owner);
}

/// <summary>A client that answers for its log; methods as of <see cref="IDecisionLogGrain"/>.</summary>
[Alias("aifactory.decision-log-observer")]
public interface IDecisionLogObserver : IGrainObserver
{
    [Alias("Read"), AlwaysInterleave]
    Task<DecisionRecord> Read(string tenant, long address);

    [Alias("FindRequest"), AlwaysInterleave]
    Task<IReadOnlyList<FoundDecision>> FindRequest(string tenant, long from, string requestId);

    [Alias("ReadOutcome"), AlwaysInterleave]
    Task<OutcomeRecord?> ReadOutcome(string tenant, long address);

    [Alias("ReadShadows"), AlwaysInterleave]
    Task<IReadOnlyList<long>> ReadShadows(string tenant, long address);

    [Alias("ReportOutcomes"), AlwaysInterleave]
    Task<OutcomeReceipt> ReportOutcomes(string tenant, string endpoint, IReadOnlyList<OutcomeReport> outcomes);

    [Alias("ReadLedger"), AlwaysInterleave]
    Task<LedgerShare> ReadLedger(string tenant);

    [Alias("Recount"), AlwaysInterleave]
    Task<ReconciliationShare> Recount(string tenant);

    [Alias("ReadFigures"), AlwaysInterleave]
    Task<FiguresShare> ReadFigures(string tenant, string endpoint);
}

/// <summary>Where decision logs are found.</summary>
public static class DecisionLogs
{
    /// <summary>Grain type of a silo's log.</summary>
    public const string SiloLogType = "decision-log";

    /// <summary>Grain type of what stands in for a client's log.</summary>
    public const string RelayType = "decision-log-relay";

    public static IDecisionLogGrain GetDecisionLog(this IGrainFactory grains, string name, LogKind kind) => kind == LogKind.Client
        ? grains.GetGrain<IDecisionLogGrain>(GrainId.Create(RelayType, name))
        : grains.GetGrain<IDecisionLogGrain>($"{name}/log");
}
