namespace AiFactory.Grains.Workers.Devices;

/// <summary>A model in memory, as eviction sees it.</summary>
/// <param name="LastUsed">Grows with every use of any model.</param>
internal readonly record struct ResidentModel(string Name, long Bytes, long LastUsed);

/// <summary>Makes room for a model by letting go of those used longest ago.</summary>
internal static class ModelEviction
{
    /// <returns>Names to let go of, fewest from the least recently used on; null when the model does not fit even alone.</returns>
    public static IReadOnlyList<string>? MakeRoom(IEnumerable<ResidentModel> resident, long bytes, long bytesMax)
    {
        if (bytes > bytesMax)
        {
            return null;
        }

        var byAge = resident.OrderBy(model => model.LastUsed).ToArray();
        var used = byAge.Sum(model => model.Bytes);
        var leaving = new List<string>();
        foreach (var model in byAge)
        {
            if (used + bytes <= bytesMax)
            {
                break;
            }

            leaving.Add(model.Name);
            used -= model.Bytes;
        }

        return leaving;
    }
}
