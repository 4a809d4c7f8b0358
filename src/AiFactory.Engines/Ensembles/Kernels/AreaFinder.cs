namespace AiFactory.Engines.Ensembles.Kernels;

/// <summary>A connected area of a map, by its bounds; right and bottom are exclusive.</summary>
/// <param name="Mean">Of the map's values in it.</param>
internal readonly record struct MapArea(int Left, int Top, int Right, int Bottom, float Mean);

/// <summary>Finds areas of values at or above a threshold, connected over sides and corners. One thread at a time.</summary>
internal sealed class AreaFinder
{
    private readonly Stack<int> _open = new();
    private bool[] _seen = [];

    /// <returns>In the order of their first pixels, line by line.</returns>
    public List<MapArea> Find(ReadOnlySpan<float> map, int height, int width, float threshold)
    {
        if (_seen.Length < map.Length)
        {
            _seen = new bool[map.Length];
        }

        _seen.AsSpan(0, map.Length).Clear();
        var areas = new List<MapArea>();
        for (var at = 0; at < map.Length; at++)
        {
            if (map[at] >= threshold && !_seen[at])
            {
                areas.Add(Flood(map, height, width, threshold, at));
            }
        }

        return areas;
    }

    private MapArea Flood(ReadOnlySpan<float> map, int height, int width, float threshold, int start)
    {
        var (left, top, right, bottom, sum, count) = (width, height, 0, 0, 0.0, 0);
        _seen[start] = true;
        _open.Push(start);
        while (_open.TryPop(out var at))
        {
            var (y, x) = (at / width, at % width);
            (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x + 1), Math.Max(bottom, y + 1));
            sum += map[at];
            count++;
            for (var line = Math.Max(0, y - 1); line <= Math.Min(height - 1, y + 1); line++)
            {
                for (var column = Math.Max(0, x - 1); column <= Math.Min(width - 1, x + 1); column++)
                {
                    var next = (line * width) + column;
                    if (map[next] >= threshold && !_seen[next])
                    {
                        _seen[next] = true;
                        _open.Push(next);
                    }
                }
            }
        }

        return new(left, top, right, bottom, (float)(sum / count));
    }
}
