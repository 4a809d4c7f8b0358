using System.Runtime.ExceptionServices;
using AiFactory.Domain.Training;
using AiFactory.Engines.Training;

namespace AiFactory.Trainers.Tests.Support;

/// <summary>Runs a trainer on ranks that are threads of this process, their gradients summed behind a barrier.</summary>
internal sealed class InProcessRanks(int worldSize, CancellationToken cancellation, byte[]? checkpoint = null)
{
    private readonly float[][] _shared = new float[worldSize][];

    /// <summary>What rank 0 reported at the end of each epoch.</summary>
    public List<EpochMetrics> Epochs { get; } = [];

    /// <summary>What rank 0 would have kept, by epoch.</summary>
    public Dictionary<int, byte[]> Checkpoints { get; } = [];

    /// <summary>Called on rank 0 after each epoch.</summary>
    public Action<EpochMetrics>? OnEpoch { get; init; }

    /// <summary>Threads that computed, by rank.</summary>
    public HashSet<int>[] ComputeThreads { get; } = [.. Enumerable.Range(0, worldSize).Select(_ => new HashSet<int>())];

    /// <summary>The model of every rank.</summary>
    public TrainedModel[] Train(ITrainer trainer, TrainingTask task)
    {
        using var barrier = new Barrier(worldSize);
        var models = new TrainedModel[worldSize];
        var failures = new Exception?[worldSize];
        var threads = Enumerable.Range(0, worldSize).Select(rank => new Thread(() =>
        {
            try
            {
                models[rank] = trainer.Train(task, new Context(this, rank, barrier));
            }
            catch (Exception failure)
            {
                failures[rank] = failure;
                barrier.RemoveParticipant();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (Array.Find(failures, failure => failure is not null) is { } first)
        {
            ExceptionDispatchInfo.Throw(first);
        }

        return models;
    }

    private void Sum(int rank, Barrier barrier, Span<float> values)
    {
        _shared[rank] = values.ToArray();
        barrier.SignalAndWait(cancellation);
        values.Clear();
        foreach (var part in _shared)
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] += part[i];
            }
        }

        barrier.SignalAndWait(cancellation);
    }

    private sealed class Context(InProcessRanks ranks, int rank, Barrier barrier) : ITrainingContext
    {
        public int Rank => rank;

        public int WorldSize => ranks._shared.Length;

        public byte[]? Checkpoint => ranks.InitialCheckpoint;

        public CancellationToken Cancellation => ranks.Token;

        public void AllReduceSum(Span<float> values) => ranks.Sum(rank, barrier, values);

        public void Compute(Action work)
        {
            ranks.ComputeThreads[rank].Add(Environment.CurrentManagedThreadId);
            work();
        }

        public void EndEpoch(EpochMetrics metrics, Func<byte[]> checkpoint)
        {
            if (rank == 0)
            {
                ranks.Epochs.Add(metrics);
                ranks.Checkpoints[metrics.Epoch] = checkpoint();
                ranks.OnEpoch?.Invoke(metrics);
            }
        }
    }

    private byte[]? InitialCheckpoint => checkpoint;

    private CancellationToken Token => cancellation;
}
