using System.Diagnostics.CodeAnalysis;

namespace AiFactory.Gateway.Caching;

/// <summary>A part of a cache under a lock of its own: answers by hash, in a ring from the most to the least recently used.</summary>
internal sealed class AnswerShard(long bytesMax)
{
    /// <summary>What an answer takes beside its bytes: object, array header, dictionary slot.</summary>
    internal const int EntryBytes = 192;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Entry> _entries = [];
    private readonly Entry _ring = new("", 0, [], 0, 0, 0);
    private long _bytes;

    public long Bytes => Volatile.Read(ref _bytes);

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <param name="oldest">Timestamp before which an answer is too old.</param>
    public bool TryGet(ulong hash, string model, int rows, ReadOnlySpan<byte> input, long oldest, out CachedAnswer answer)
    {
        lock (_gate)
        {
            if (Find(hash, model, rows, input, out var entry) && entry.KeptAt >= oldest)
            {
                entry.Unlink();
                entry.LinkAfter(_ring);
                answer = new(entry.Data.AsMemory(entry.InputLength), entry.Original);
                return true;
            }
        }

        answer = default;
        return false;
    }

    public void Keep(ulong hash, string model, int rows, ReadOnlySpan<byte> input, ReadOnlySpan<byte> output, long original, long now)
    {
        var bytes = EntryBytes + input.Length + output.Length;
        if (bytes > bytesMax)
        {
            return;
        }

        var data = GC.AllocateUninitializedArray<byte>(input.Length + output.Length);
        input.CopyTo(data);
        output.CopyTo(data.AsSpan(input.Length));
        var entry = new Entry(model, rows, data, input.Length, original, now);
        lock (_gate)
        {
            // An older answer to the same input, or to another of the same hash, gives way.
            if (_entries.TryGetValue(hash, out var present))
            {
                Drop(hash, present);
            }

            while (_bytes + bytes > bytesMax)
            {
                Drop(_ring.Before.Hash, _ring.Before);
            }

            entry.Hash = hash;
            _entries.Add(hash, entry);
            entry.LinkAfter(_ring);
            Volatile.Write(ref _bytes, _bytes + bytes);
        }
    }

    private bool Find(ulong hash, string model, int rows, ReadOnlySpan<byte> input, [NotNullWhen(true)] out Entry? entry) =>
        _entries.TryGetValue(hash, out entry) && entry.Rows == rows && entry.Model == model && input.SequenceEqual(entry.Data.AsSpan(0, entry.InputLength));

    private void Drop(ulong hash, Entry entry)
    {
        _entries.Remove(hash);
        entry.Unlink();
        Volatile.Write(ref _bytes, _bytes - EntryBytes - entry.Data.Length);
    }

    private sealed class Entry
    {
        public Entry(string model, int rows, byte[] data, int inputLength, long original, long keptAt)
        {
            (Model, Rows, Data, InputLength, Original, KeptAt) = (model, rows, data, inputLength, original, keptAt);
            (Before, After) = (this, this);
        }

        public string Model { get; }

        public int Rows { get; }

        /// <summary>Input, then output.</summary>
        public byte[] Data { get; }

        public int InputLength { get; }

        public long Original { get; }

        public long KeptAt { get; }

        public ulong Hash { get; set; }

        public Entry Before { get; private set; }

        public Entry After { get; private set; }

        public void LinkAfter(Entry other)
        {
            (Before, After) = (other, other.After);
            After.Before = this;
            other.After = this;
        }

        public void Unlink()
        {
            (Before.After, After.Before) = (After, Before);
            (Before, After) = (this, this);
        }
    }
}
