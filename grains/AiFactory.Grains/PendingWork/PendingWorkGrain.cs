using AiFactory.Grains.Datasets;
using AiFactory.Grains.Rollouts;
using AiFactory.Grains.Storage;
using AiFactory.Grains.Training;
using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.PendingWork;

[GenerateSerializer, Alias("aifactory.pending-work-state")]
internal sealed class PendingWorkState
{
    [Id(0)]
    public PendingItem[] Items { get; set; } = [];
}

[GrainType("pending-work")]
internal sealed partial class PendingWorkGrain(
    [PersistentState("pending-work", StateStore.Name)] IPersistentState<PendingWorkState> state,
    ILogger<PendingWorkGrain> logger) : Grain, IPendingWorkGrain
{
    public Task Enter(PendingItem item) =>
        state.State.Items.Contains(item) ? Task.CompletedTask : state.Save(new PendingWorkState { Items = [.. state.State.Items, item] });

    public Task Strike(PendingItem item) =>
        state.State.Items.Contains(item)
            ? state.Save(new PendingWorkState { Items = [.. state.State.Items.Where(kept => kept != item)] })
            : Task.CompletedTask;

    public Task Sweep()
    {
        // Not awaited: a grain at work may be about to strike itself out here, and would wait for this call to end.
        foreach (var item in state.State.Items)
            _ = Wake(item);
        return Task.CompletedTask;
    }

    private async Task Wake(PendingItem item)
    {
        try
        {
            await (item.Kind switch
            {
                PendingKind.Dataset => GrainFactory.GetGrain<IIngestingDatasetGrain>(item.GrainKey).Resume(),
                PendingKind.TrainingRun => GrainFactory.GetGrain<ITrainingCourseGrain>(item.GrainKey).Resume(),
                PendingKind.Rollout => GrainFactory.GetGrain<IRolloutCourseGrain>(item.GrainKey).Resume(),
                _ => throw new InvalidOperationException($"Pending work of unknown kind {item.Kind}."),
            });
        }
        catch (Exception exception)
        {
            LogNotWoken(exception, item.Kind, item.GrainKey);
        }
    }
}
