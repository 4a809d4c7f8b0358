using AiFactory.Client.Transport;
using AiFactory.Domain.Workers;

namespace AiFactory.Client.Workers;

/// <summary>The factory's workers.</summary>
public sealed class WorkerClient
{
    private readonly FactoryTransport transport;

    internal WorkerClient(FactoryTransport transport) => this.transport = transport;

    /// <summary>All workers, whether they take work or not, and why not.</summary>
    public Task<IReadOnlyList<PooledWorker>> List(CancellationToken cancellation = default) => transport.Get<IReadOnlyList<PooledWorker>>("v1/workers", cancellation);

    /// <summary>Gives a worker no new work; what it has ends, or goes on elsewhere, and its device is released.</summary>
    public Task<PooledWorker> Drain(WorkerKey worker, CancellationToken cancellation = default) => Order(worker, "drain", cancellation);

    /// <summary>Takes a worker out of use at once; what it has goes elsewhere.</summary>
    public Task<PooledWorker> Remove(WorkerKey worker, CancellationToken cancellation = default) => Order(worker, "remove", cancellation);

    /// <summary>Lets a worker that was drained or removed in again.</summary>
    public Task<PooledWorker> Resume(WorkerKey worker, CancellationToken cancellation = default) => Order(worker, "resume", cancellation);

    private Task<PooledWorker> Order(WorkerKey worker, string verb, CancellationToken cancellation) =>
        transport.Post<PooledWorker>($"v1/workers/{Call.Escape(worker.SiloName)}/{Call.Escape(worker.Device)}/{verb}", null, cancellation);
}
