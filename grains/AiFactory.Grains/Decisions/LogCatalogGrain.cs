using AiFactory.Domain.Decisions;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Decisions;

[GrainType("log-catalog")]
internal sealed class LogCatalogGrain([PersistentState("log-catalog", StateStore.Name)] IPersistentState<LogCatalogState> state, TimeProvider time) : Grain, ILogCatalogGrain
{
    private IReadOnlyList<KnownLog> Logs => state.State.Logs;

    public Task Enter(string name, LogKind kind, long position) => LogCatalogRules.Enter(Logs, name, kind, position, time.GetUtcNow()) is var next && ReferenceEquals(next, Logs)
        ? Task.CompletedTask
        : state.Save(new LogCatalogState { Logs = [.. next] });

    public Task<IReadOnlyList<KnownLog>> List() => Task.FromResult(Logs);

    public Task<KnownLog> Find(string name) => Task.FromResult(LogCatalogRules.Find(Logs, name).OrThrow());
}

[GenerateSerializer, Alias("aifactory.log-catalog-state")]
internal sealed class LogCatalogState
{
    [Id(0)]
    public KnownLog[] Logs { get; set; } = [];
}
