namespace AiFactory.Engines.Inference.Sequences;

/// <summary>The state of one sequence, packed as the graph's inputs take it: one array a state tensor.</summary>
internal sealed class SequenceMemory(string id, int states)
{
    public string Id { get; } = id;

    /// <summary>As of the last run that ended well.</summary>
    public byte[][] Kept { get; set; } = new byte[states][];

    /// <summary>As of the last row of the run at work.</summary>
    public byte[][] Working { get; set; } = new byte[states][];

    /// <summary>Whether the run at work has this sequence's last row.</summary>
    public bool Ended { get; set; }

    public long LastUsed { get; set; }

    public long Bytes { get; set; }
}

/// <summary>What a model remembers, bounded in number, bytes and idle time. One thread at a time.</summary>
internal sealed class SequenceStore(SequenceOptions options, TimeProvider time)
{
    // The one idle longest stands first.
    private readonly LinkedList<SequenceMemory> _byUse = new();
    private readonly Dictionary<string, LinkedListNode<SequenceMemory>> _byId = new(StringComparer.Ordinal);
    private long _bytes;

    public int Count => _byId.Count;

    /// <summary>Bytes of state; may be asked from any thread.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public SequenceMemory? Find(ReadOnlySpan<char> id) => _byId.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(id, out var node) ? node.Value : null;

    /// <summary>Forgets what has been idle too long.</summary>
    public void Expire()
    {
        var oldest = time.GetTimestamp() - (long)(options.IdleSecondsMax * time.TimestampFrequency);
        while (_byUse.First is { } first && first.Value.LastUsed < oldest)
        {
            Forget(first.Value.Id);
        }
    }

    /// <summary>Keeps the state that a run left, and forgets others if they are too many then.</summary>
    public void Keep(SequenceMemory memory)
    {
        Forget(memory.Id);
        memory.LastUsed = time.GetTimestamp();
        memory.Bytes = memory.Kept.Sum(state => (long)state.Length) + memory.Working.Sum(state => (long)(state?.Length ?? 0));
        _byId.Add(memory.Id, _byUse.AddLast(memory));
        Volatile.Write(ref _bytes, _bytes + memory.Bytes);
        while (_byUse.Count > 1 && (_byUse.Count > options.SequencesMax || _bytes > options.BytesMax))
        {
            Forget(_byUse.First!.Value.Id);
        }
    }

    public void Forget(string id)
    {
        if (_byId.Remove(id, out var node))
        {
            _byUse.Remove(node);
            Volatile.Write(ref _bytes, _bytes - node.Value.Bytes);
        }
    }
}
