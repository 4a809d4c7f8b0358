using AiFactory.DecisionLog.Shipping;

namespace AiFactory.DecisionLog.Tests.Shipping;

/// <summary>What may happen to one put, or one removal.</summary>
public enum Fault
{
    None,

    /// <summary>Nothing is kept, and the caller is told.</summary>
    Fails,

    /// <summary>It is kept, but the caller is told that it failed.</summary>
    KeptButFails,

    /// <summary>Half is kept, and the caller is told that it failed.</summary>
    Torn,

    /// <summary>The caller is told that it failed; it is kept when <see cref="MemoryStore.Release"/> is called.</summary>
    Late,

    /// <summary>It is kept, and put again when <see cref="MemoryStore.Release"/> is called, whatever happened to it meanwhile.</summary>
    Twice,

    /// <summary>Half is kept, and nobody is told.</summary>
    TornSilently,
}

/// <summary>A store whose puts can be made to fail in every way that a network has.</summary>
internal sealed class MemoryStore : IShippingStore
{
    private readonly SortedDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly List<(string Path, byte[]? Bytes)> _late = [];

    /// <summary>Asked before each put or removal of a part.</summary>
    public Func<Fault> NextFault { get; set; } = () => Fault.None;

    public bool Away { get; set; }

    public string Place => "memory";

    public IReadOnlyDictionary<string, byte[]> Objects => _objects;

    /// <summary>Has late and doubled puts come true, the newest first.</summary>
    public void Release()
    {
        foreach (var (path, bytes) in Enumerable.Reverse(_late))
        {
            if (bytes is not null)
            {
                _objects[path] = bytes;
            }
            else
            {
                _objects.Remove(path);
            }
        }

        _late.Clear();
    }

    public void Tear(string path) => _objects[path] = _objects[path][..(_objects[path].Length / 2)];

    public bool PutIfAbsent(string path, ReadOnlyMemory<byte> bytes)
    {
        Check();
        if (_objects.ContainsKey(path))
        {
            return false;
        }

        Put(path, bytes);
        return true;
    }

    public void Put(string path, ReadOnlyMemory<byte> bytes)
    {
        Check();
        var fault = path.EndsWith("begin", StringComparison.Ordinal) ? Fault.None : NextFault();
        if (fault is Fault.Late or Fault.Twice)
        {
            _late.Add((path, bytes.ToArray()));
        }

        if (fault is not (Fault.Fails or Fault.Late))
        {
            _objects[path] = fault is Fault.Torn or Fault.TornSilently ? bytes[..(bytes.Length / 2)].ToArray() : bytes.ToArray();
        }

        if (fault is Fault.Fails or Fault.KeptButFails or Fault.Torn or Fault.Late)
        {
            throw new IOException($"The network failed: {fault}.");
        }
    }

    public byte[]? Read(string path)
    {
        Check();
        return _objects.GetValueOrDefault(path);
    }

    public IReadOnlyList<string> List(string folder, string after)
    {
        Check();
        return [.. _objects.Keys.Where(path => path.StartsWith(folder + "/", StringComparison.Ordinal) && string.CompareOrdinal(path, after) > 0)];
    }

    public IReadOnlyList<string> ListFolders(string folder)
    {
        Check();
        return [.. _objects.Keys.Where(path => path.StartsWith(folder + "/", StringComparison.Ordinal)).Select(path => path.Split('/')[folder.Split('/').Length]).Distinct()];
    }

    public void Delete(string path)
    {
        Check();
        var fault = NextFault();
        if (fault is Fault.Late or Fault.Twice)
        {
            _late.Add((path, null));
        }

        if (fault is Fault.None or Fault.KeptButFails or Fault.Twice or Fault.TornSilently)
        {
            _objects.Remove(path);
        }

        if (fault is Fault.Fails or Fault.KeptButFails or Fault.Torn or Fault.Late)
        {
            throw new IOException($"The network failed: {fault}.");
        }
    }

    private void Check()
    {
        if (Away)
        {
            throw new IOException("The network is away.");
        }
    }
}
