using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Workers;

[GrainType("worker-pool")]
internal sealed class WorkerPoolGrain(
    [PersistentState("worker-pool", StateStore.Name)] IPersistentState<WorkerPoolState> state, SiloMembers members, TimeProvider time) : Grain, IWorkerPoolGrain
{
    // How soon it is noticed that a silo fell silent, or that membership calls it dead.
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(1);

    private readonly WorkerRoll _roll = new();
    private readonly long _began = time.GetTimestamp();
    private (IReadOnlyList<WorkerKey> Present, bool Settled) _told = ([], false);

    private TimeSpan Now => time.GetElapsedTime(_began);

    private bool Settled => Now > WorkerRoll.SilenceMax;

    private IReadOnlyList<WorkerKey> Present => _roll.Present(Now, state.State.Orders, members.IsDown);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(static (grain, _) => grain.TellChange(), this, new GrainTimerCreationOptions(LookPeriod, LookPeriod) { Interleave = true });
        return Task.CompletedTask;
    }

    public Task Heartbeat(string siloName, IReadOnlyList<Device> devices)
    {
        _roll.Hear(siloName, devices, Now);
        return TellChange();
    }

    public async Task<PoolAnswer> Report(WorkersReport report)
    {
        _roll.Hear(report, Now, members.IsDown);
        await TellChange();
        return WorkerRoll.Answer(report, state.State.Orders);
    }

    public Task<IReadOnlyList<WorkerKey>> List() => Task.FromResult(Present);

    public Task<PoolView> View() => Task.FromResult(new PoolView(All(), Settled));

    public async Task<PooledWorker> Order(WorkerKey worker, WorkerOrder order)
    {
        var orders = state.State.Orders.With(worker, order, All().Select(known => known.Key)).OrThrow();
        if (!ReferenceEquals(orders, state.State.Orders))
        {
            await state.Save(new WorkerPoolState { Orders = orders });
            await TellChange();
        }

        return All().FirstOrDefault(known => known.Key == worker)
            ?? new PooledWorker(worker, new Device(worker.Device, DeviceKind.Cpu, ""), WorkerStanding.Gone, "It was not heard of yet.", Order: order);
    }

    private IReadOnlyList<PooledWorker> All() => _roll.All(Now, state.State.Orders, members.IsDown);

    // Nobody waits until routes have followed.
    private Task TellChange()
    {
        var present = Present;
        if (Settled != _told.Settled || !present.SequenceEqual(_told.Present))
        {
            _told = (present, Settled);
            return GrainFactory.GetGrain<IReplicaPlacementGrain>(this.GetPrimaryKeyString()).Follow();
        }

        return Task.CompletedTask;
    }
}

[GenerateSerializer, Alias("aifactory.worker-pool-state")]
internal sealed class WorkerPoolState
{
    [Id(0)]
    public WorkerOrders Orders { get; set; } = WorkerOrders.None;
}
