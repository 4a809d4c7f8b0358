using AiFactory.DecisionLog;
using AiFactory.DecisionLog.Segments;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Models;
using AiFactory.Projections.Experiments;
using AiFactory.Projections.Finance;
using AiFactory.Projections.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AiFactory.Projections.Tests;

/// <summary>A log with its projections in a folder of their own; <see cref="Restart"/> closes and opens all of it.</summary>
internal sealed class Factory : IDisposable, IDecisionClasses
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("projections-").FullName;
    private readonly int _batchRecordsMax;

    public Factory(int batchRecordsMax = 100)
    {
        _batchRecordsMax = batchRecordsMax;
        Open();
    }

    public SegmentedDecisionLog Log { get; private set; } = null!;

    public LedgerStore LedgerStore { get; private set; } = null!;

    public ExperimentStore ExperimentStore { get; private set; } = null!;

    public LogReader<LedgerStore> LedgerReader { get; private set; } = null!;

    public LogReader<ExperimentStore> ExperimentReader { get; private set; } = null!;

    public Ledger Ledger { get; private set; } = null!;

    public ExperimentFigures Figures { get; private set; } = null!;

    public OutcomeIntake Intake { get; private set; } = null!;

    private LogStanding Live => new(Log.Name, LogKind.Silo, LogState.Live, Log.Tail, Noon);

    public string LedgerPath => Path.Combine(_folder, "state", "ledger.db");

    public static DecisionRecord Decision(long number, string tenant = "default", string variant = "a", bool positive = true, Int128? cost = null, string worker = "silo-1/cpu-0") => new(
        Noon, tenant, "churn", 1, variant, "mlp", 1, $"request-{number}", $"unit-{number}", 1, 1, new byte[40], new byte[4], positive ? "yes" : "no", positive, worker,
        1, 1_000, 1, new Picodollars(cost ?? 347 + number), 900);

    public static DeviceTimeRecord Interval(long number, Int128 inference, Int128 training, Int128 idle, string worker = "silo-1/cpu-0") => new(
        Noon, worker, "session", number, 1_000, new Picodollars(inference + training + idle), new Picodollars(inference),
        training == 0 ? new Dictionary<string, Picodollars>() : new Dictionary<string, Picodollars> { ["acme/run-1"] = new(training) }, new Picodollars(idle));

    public async Task<CostStatement> Statement(string tenant, CancellationToken cancellation) =>
        StatementRules.Sum(tenant, [new(Live, await Ledger.Share(tenant, cancellation))], Noon);

    public async Task<CostReconciliation> Reconcile(string tenant, CancellationToken cancellation) =>
        ReconciliationRules.Compare([new(Live, await Ledger.Recount(tenant, cancellation))]);

    public string Id(long address) => new DecisionId(Log.Name, address).ToString();

    public void Restart()
    {
        Close();
        Open();
    }

    /// <summary>As after a loss of power that took the log's records but not what was read out of them.</summary>
    public void RestartWithoutLog()
    {
        Close();
        Directory.Delete(Path.Combine(_folder, "log"), recursive: true);
        Open();
    }

    public ValueTask<BinaryClasses?> ClassesOf(ModelVersionKey model, CancellationToken cancellation) =>
        new(model.Model switch
        {
            "mlp" => new BinaryClasses("probability", "no", "yes"),
            "flags" => new BinaryClasses("probability", "false", "true"),
            _ => null,
        });

    public void Dispose()
    {
        Close();
        Directory.Delete(_folder, recursive: true);
    }

    private void Open()
    {
        var options = Options.Create(new ProjectionOptions { Folder = Path.Combine(_folder, "state"), BatchRecordsMax = _batchRecordsMax });
        Log = new SegmentedDecisionLog(
            new DecisionLogOptions { Folder = Path.Combine(_folder, "log"), SegmentBytes = DecisionLogOptions.SegmentBytesMin }, NullLogger.Instance, new Preallocation());
        LedgerStore = new LedgerStore(LedgerPath);
        ExperimentStore = new ExperimentStore(Path.Combine(_folder, "state", "experiments.db"), Log);
        LedgerReader = new(Log, LedgerStore, options, NullLogger<LogReader<LedgerStore>>.Instance);
        ExperimentReader = new(Log, ExperimentStore, options, NullLogger<LogReader<ExperimentStore>>.Instance);
        Ledger = new Ledger(Log, LedgerReader);
        Figures = new ExperimentFigures(Log, ExperimentReader);
        Intake = new OutcomeIntake(Log, ExperimentReader, this, TimeProvider.System);
    }

    private void Close()
    {
        Intake.Dispose();
        LedgerReader.Dispose();
        ExperimentReader.Dispose();
        LedgerStore.Dispose();
        ExperimentStore.Dispose();
        Log.Dispose();
    }
}
