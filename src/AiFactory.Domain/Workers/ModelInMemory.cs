namespace AiFactory.Domain.Workers;

/// <summary>A model version in a worker's memory, or on its way there.</summary>
/// <param name="Model">Grain key: <c>tenant/name/version</c>.</param>
/// <param name="MemoryBytes">Artefact and buffers, counted against the worker's budget.</param>
/// <param name="Users">Messages that wait for it or are at work on it.</param>
/// <param name="IdleSeconds">Since it was last used.</param>
/// <param name="Pinned">Loaded by explicit command: it stays, also over restarts, until it is unloaded by one.</param>
/// <param name="Loading">Not yet ready.</param>
public sealed record ModelInMemory(string Model, long MemoryBytes, int Users, double IdleSeconds, bool Pinned, bool Loading);

/// <summary>A worker's models, most recently used first.</summary>
/// <param name="MemoryBytes">Of all of them, with those that are leaving and not gone yet.</param>
/// <param name="MemoryBytesMax">The worker's budget, which the sum never exceeds.</param>
public sealed record WorkerModels(WorkerKey Worker, long MemoryBytes, long MemoryBytesMax, IReadOnlyList<ModelInMemory> Models);
