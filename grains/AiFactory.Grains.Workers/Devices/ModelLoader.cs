using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Grains.Models;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>
/// Brings artefacts from the object store into an engine and warms them up, a few at a time on threads of their own: reading, hashing, building a
/// session and the first runs take their time, and must take neither a grain's turn nor a device's.
/// </summary>
internal sealed class ModelLoader(IInferenceEngine engine, ArtifactShelf shelf, IGrainFactory grains, IOptions<WorkerOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(options.Value.ModelLoadsMax);

    /// <summary>What there is to load, and how much memory it will take as far as that is known beforehand.</summary>
    /// <exception cref="RefusedException">Unknown version.</exception>
    public async Task<LoadOrder> Order(ModelVersionKey key)
    {
        var version = await grains.GetGrain<IModelVersionGrain>(key.ToGrainKey()).Get();
        return new(key.ToString(), version.ArtifactSha256, Math.Max(version.ArtifactBytes, version.MemoryBytes));
    }

    /// <summary>An artefact that is no version yet.</summary>
    /// <exception cref="RefusedException"><c>artifact-missing</c>.</exception>
    public Task<LoadOrder> Order(string artifactSha256) => Task.Run(() => new LoadOrder(artifactSha256, artifactSha256, shelf.SizeOf(artifactSha256, artifactSha256)));

    /// <summary>Waits until a load may begin; dispose of what it gives when the load has ended.</summary>
    public async Task<IDisposable> Slot()
    {
        await _slots.WaitAsync();
        return new Freed(_slots);
    }

    /// <exception cref="RefusedException">
    /// <c>artifact-missing</c>, <c>artifact-altered</c>, what the engine refuses, and, where the warm-up must succeed, <c>warmup-failed</c>.
    /// </exception>
    public Task<LoadedModel> Load(LoadOrder order, Device device, ModelWarmup warmup, bool strict) =>
        Task.Factory.StartNew(() => Open(order, device, warmup, strict), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose() => _slots.Dispose();

    private LoadedModel Open(LoadOrder order, Device device, ModelWarmup warmup, bool strict)
    {
        var artifact = shelf.Take(order.Sha256, order.Name);
        var model = engine.Load(artifact.GraphPath, device);
        try
        {
            var ran = warmup.Run(model, artifact.Warmup, strict);
            return new(model, Math.Max(artifact.Bytes, model.MemoryBytes), [$"Loaded by {engine.Name} on {device.Name}.", .. ran]);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

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
internal sealed record LoadOrder(string Name, string Sha256, long Bytes);

/// <param name="Bytes">Memory that it takes, as far as the engine knows.</param>
/// <param name="Checks">What was tried and went well.</param>
internal sealed record LoadedModel(IInferenceModel Model, long Bytes, IReadOnlyList<string> Checks);
