using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Models;
using AiFactory.Grains.Decisions;
using AiFactory.Lakehouse.Objects;
using AiFactory.Projections;
using AiFactory.Projections.Experiments;
using AiFactory.Projections.Finance;
using AiFactory.Projections.Totals;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Grains.Tests.Doubles;

/// <summary>A machine that keeps a log, on which a process runs or does not; and a journal of all that was ever appended.</summary>
internal sealed class LogMachine(string name, IObjectStore objects) : IDisposable, IDecisionClasses
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aifactory-machine-").FullName;
    private readonly PublishedTotals _published = new(objects);
    private readonly List<(string Log, long Address, LogRecord Record)> _journal = [];
    private ServiceProvider? _process;
    private TotalsPublication? _publication;

    public string Name => name;

    public bool Up => _process is not null;

    /// <summary>Whether a process ever ran here.</summary>
    public bool Known { get; private set; }

    public List<(long Address, DecisionRecord Record)> Decisions { get; } = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Start()
    {
        _process = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IDecisionClasses>(this)
            .AddDecisionLog(log => (log.Folder, log.Name, log.SegmentBytes) = (Path.Combine(_folder, "log"), name, DecisionLogOptions.SegmentBytesMin))
            .AddProjections(projections => projections.Folder = Path.Combine(_folder, "state"))
            .BuildServiceProvider();
        _publication = new(_process.GetRequiredService<IDecisionLog>(), _process.GetRequiredService<ILogTotals>(), _published);
        Known = true;
    }

    public void Append(LogRecord record)
    {
        var address = _process!.GetRequiredService<IDecisionLog>().Append(record);
        _journal.Add((name, address, record));
        if (record is DecisionRecord decision)
            Decisions.Add((address, decision));
    }

    /// <summary>Publishes what there is by now.</summary>
    public async Task<bool> Publish()
    {
        await _process!.GetRequiredService<ILogTotals>().CatchUp(Cancellation);
        return await _publication!.Publish(Cancellation);
    }

    /// <summary>A clean end.</summary>
    public async Task Stop()
    {
        await Publish();
        Kill();
    }

    public void Kill()
    {
        _process!.Dispose();
        _process = null;
    }

    /// <summary>The process dies, and the log with it.</summary>
    public void LoseLog()
    {
        Kill();
        Directory.Delete(Path.Combine(_folder, "log"), recursive: true);
        _journal.Clear();
        Decisions.Clear();
    }

    /// <summary>The process dies, and what was read out of the log with it.</summary>
    public void LoseProjections()
    {
        Kill();
        Directory.Delete(Path.Combine(_folder, "state"), recursive: true);
    }

    public Task<LogShare<LedgerShare>> Ledger(string tenant) => Share(
        process => process.GetRequiredService<ILedger>().Share(tenant, Cancellation), share => share.Position, totals => totals.Ledger(tenant));

    public Task<LogShare<ReconciliationShare>> Reconciliation(string tenant) => Share(
        process => process.GetRequiredService<ILedger>().Recount(tenant, Cancellation), share => share.Position, totals => totals.Reconciliation(tenant));

    public Task<LogShare<FiguresShare>> Figures(string tenant) => Share(
        process => process.GetRequiredService<IExperimentFigures>().Read(new(tenant, "churn"), Cancellation), share => share.Position, totals => totals.Figures(tenant, "churn"));

    /// <summary>What the journal has of the records that a share says it counts.</summary>
    public IEnumerable<(string Log, long Address, LogRecord Record)> Before<T>(LogShare<T> share)
        where T : class => share.Share is null ? [] : _journal.Where(entry => entry.Address < share.Standing.Position);

    public ValueTask<BinaryClasses?> ClassesOf(ModelVersionKey model, CancellationToken cancellation) => new(Samples.Classes);

    public void Dispose()
    {
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<LogShare<T>> Share<T>(Func<ServiceProvider, Task<T>> live, Func<T, long> position, Func<LogTotals, T> last)
        where T : class
    {
        if (_process is not null)
        {
            var share = await live(_process);
            Assert.Equal(_process.GetRequiredService<IDecisionLog>().Tail, position(share));
            return new(new(name, LogKind.Silo, LogState.Live, position(share), Records.Noon), share);
        }

        return await _published.Read(name, Cancellation) is { } totals && last(totals) is var published
            ? new(new(name, LogKind.Silo, LogState.Published, position(published), totals.At), published)
            : new(new(name, LogKind.Silo, LogState.Unknown, 0, null), null);
    }
}
