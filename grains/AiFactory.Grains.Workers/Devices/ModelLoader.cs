using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Inference.Padding;
using AiFactory.Engines.Inference.Sequences;
using AiFactory.Grains.Models;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>
/// Brings artefacts from the object store into an engine and warms them up, a few at a time on threads of their own: reading, hashing, building a
/// session and the first runs take their time, and must take neither a grain's turn nor a device's.
/// </summary>
internal sealed class ModelLoader(
    IInferenceEngine engine, ArtifactShelf shelf, IGrainFactory grains, IOptions<WorkerOptions> options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(options.Value.ModelLoadsMax);

    /// <summary>What there is to load, and how much memory it will take as far as that is known beforehand.</summary>
    /// <exception cref="RefusedException">Unknown version.</exception>
    public async Task<LoadOrder> Order(ModelVersionKey key)
    {
        var version = await grains.GetGrain<IModelVersionGrain>(key.ToGrainKey()).Get();
        var bytes = version.Ensemble is { } ensemble
            ? await Task.Run(() => Members(ensemble).Sum(step => shelf.SizeOf(step.Sha256!, step.Model!)))
            : Math.Max(version.ArtifactBytes, version.MemoryBytes);
        return new(key.ToString(), version.ArtifactSha256, bytes, version.Ensemble, version.Signature.Sequence, version.Signature.Padding);
    }

    /// <summary>An artefact that is no version yet.</summary>
    /// <exception cref="RefusedException"><c>artifact-missing</c>.</exception>
    /// <param name="sequence">The tensors that it is to remember; null: none.</param>
    /// <param name="padding">How its rows are to be padded; null: not at all.</param>
    public Task<LoadOrder> Order(string artifactSha256, IReadOnlyList<SequenceState>? sequence, RowPadding? padding) =>
        Task.Run(() => new LoadOrder(artifactSha256, artifactSha256, shelf.SizeOf(artifactSha256, artifactSha256), Ensemble: null, sequence, padding));

    /// <summary>Waits until a load may begin; dispose of what it gives when the load has ended.</summary>
    public async Task<IDisposable> Slot()
    {
        await _slots.WaitAsync();
        return new Freed(_slots);
    }

    /// <exception cref="RefusedException">
    /// <c>artifact-missing</c>, <c>artifact-altered</c>, what the engine refuses, and, where the warm-up must succeed, <c>warmup-failed</c> and <c>padding-harmful</c>.
    /// </exception>
    public Task<LoadedModel> Load(LoadOrder order, Device device, ModelWarmup warmup, bool strict) =>
        Task.Factory.StartNew(() => Open(order, device, warmup, strict), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose() => _slots.Dispose();

    private LoadedModel Open(LoadOrder order, Device device, ModelWarmup warmup, bool strict)
    {
        byte[]? sample = null;

        // Engines count the graph's file; what lies beside it comes on top.
        var beside = 0L;
        var loaded = order.Ensemble is { } ensemble ? EnsembleOpening.Open(ensemble, step => Open(step.Sha256!, step.Model!, out _)) : Open(order.Sha256, order.Name, out sample);
        try
        {
            loaded = order.Sequence is { } sequence ? loaded with { Model = new SequenceModel(loaded.Model, sequence, options.Value.Sequences, time) } : loaded;
            loaded = order.Padding is { } padding ? loaded with { Model = new PaddedModel(loaded.Model, padding) } : loaded;
            var ran = warmup.Run(loaded.Model, sample, strict);
            string[] tried = strict && loaded.Model is PaddedModel padded ? [PaddingTrial.Run(padded, sample, warmup)] : [];
            return loaded with { Bytes = Math.Max(loaded.Bytes, beside + loaded.Model.MemoryBytes), Checks = [$"Loaded by {engine.Name} on {device.Name}.", .. ran, .. tried] };
        }
        catch
        {
            loaded.Model.Dispose();
            throw;
        }

        LoadedModel Open(string sha256, string name, out byte[]? sample)
        {
            var artifact = shelf.Take(sha256, name);
            sample = artifact.Warmup;
            beside += artifact.BytesBeside;
            return new(engine.Load(artifact.GraphPath, device), artifact.Bytes, []);
        }
    }

    private static IEnumerable<EnsembleStep> Members(EnsembleSpec ensemble) => ensemble.Steps.Where(step => step.Model is not null).DistinctBy(step => step.Sha256);

    private sealed class Freed(SemaphoreSlim slots) : IDisposable
    {
        private int _freed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _freed, 1) == 0)
            {
                slots.Release();
            }
        }
    }
}

/// <param name="Name">What refusals call it.</param>
/// <param name="Bytes">Memory to keep free for it.</param>
/// <param name="Ensemble">Its models are loaded in place of the artefact; null: it is one model.</param>
internal sealed record LoadOrder(string Name, string Sha256, long Bytes, EnsembleSpec? Ensemble, IReadOnlyList<SequenceState>? Sequence, RowPadding? Padding);

/// <param name="Bytes">Memory that it takes, as far as the engine knows.</param>
/// <param name="Checks">What was tried and went well.</param>
internal sealed record LoadedModel(IInferenceModel Model, long Bytes, IReadOnlyList<string> Checks);
