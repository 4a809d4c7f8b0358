namespace AiFactory.DecisionLog.Shipping;

/// <summary>The few parts read last, of whatever log.</summary>
internal sealed class PartCache(int partsMax)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<PartBytes> _parts = new();

    public PartBytes? Find(string path)
    {
        lock (_gate)
        {
            for (var node = _parts.First; node is not null; node = node.Next)
            {
                if (node.Value.Path == path)
                {
                    _parts.Remove(node);
                    _parts.AddFirst(node);
                    return node.Value;
                }
            }

            return null;
        }
    }

    public void Add(PartBytes part)
    {
        lock (_gate)
        {
            _parts.AddFirst(part);
            if (_parts.Count > partsMax)
            {
                _parts.RemoveLast();
            }
        }
    }
}
