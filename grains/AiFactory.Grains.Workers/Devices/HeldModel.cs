using AiFactory.Engines.Inference.Batching;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>A model as its device holds it. Used under the device's lock, but for <see cref="Loading"/>, which is set once before anyone else sees the model.</summary>
internal sealed class HeldModel(string name)
{
    public string Name { get; } = name;

    public Task<ModelExecutor> Loading { get; set; } = null!;

    /// <summary>Null until it is loaded.</summary>
    public ModelExecutor? Executor { get; set; }

    /// <summary>Memory kept for it; 0 until room was made.</summary>
    public long Bytes { get; set; }

    /// <summary>The part of it that the engine does not count.</summary>
    public long BytesApart { get; set; }

    /// <summary>Messages that wait for the model or are at work on it.</summary>
    public int Users { get; set; }

    public long LastUsed { get; set; }

    public long LastUsedAt { get; set; }

    /// <summary>Used again since it was loaded.</summary>
    public bool Proven { get; set; }

    public bool Pinned { get; set; }

    /// <summary>No longer found by name; goes with its last user.</summary>
    public bool Leaving { get; set; }
}
