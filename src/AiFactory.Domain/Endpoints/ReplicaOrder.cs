using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Endpoints;

/// <summary>
/// Which workers a model prefers: every model another order, evenly spread, and the order of those that stay is the same when workers come or go
/// (rendezvous hashing; Thaler and Ravishankar 1998).
/// </summary>
public static class ReplicaOrder
{
    /// <summary>The workers, most preferred first.</summary>
    public static WorkerKey[] Of(ModelVersionKey model, IEnumerable<WorkerKey> workers) =>
        [.. workers.Select(worker => (Worker: worker, Weight: Weight(model, worker)))
            .OrderByDescending(candidate => candidate.Weight)
            .ThenBy(candidate => candidate.Worker.ToGrainKey(), StringComparer.Ordinal)
            .Select(candidate => candidate.Worker)];

    private static ulong Weight(ModelVersionKey model, WorkerKey worker) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{model.ToGrainKey()}\n{worker.ToGrainKey()}")));
}
