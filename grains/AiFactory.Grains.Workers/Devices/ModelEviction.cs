namespace AiFactory.Grains.Workers.Devices;

/// <summary>A model in memory, as eviction sees it.</summary>
/// <param name="LastUsed">Grows with every use of any model.</param>
/// <param name="Proven">Used again since it was loaded.</param>
internal readonly record struct ResidentModel(string Name, long Bytes, long LastUsed, bool Proven);

/// <summary>
/// Segmented least-recently-used eviction (Karedla, Love and Wherry, Caching strategies to improve disk system performance, 1994): a model used once
/// since it came goes before all that were used again, so that a scan of cold models displaces only cold ones.
/// </summary>
internal static class ModelEviction
{
    /// <summary>Share of the budget that proven models may hold; beyond it the one used longest ago is unproven again.</summary>
    private const double ProvenShare = 0.8;

    /// <summary>Names to let go of until that many bytes are free, unproven first, then by age; all of them when they are too few.</summary>
    public static IReadOnlyList<string> MakeRoom(IEnumerable<ResidentModel> resident, long bytes)
    {
        var leaving = new List<string>();
        foreach (var model in resident.OrderBy(model => model.Proven).ThenBy(model => model.LastUsed))
        {
            if (bytes <= 0)
            {
                break;
            }

            leaving.Add(model.Name);
            bytes -= model.Bytes;
        }

        return leaving;
    }

    /// <summary>Names of proven models that have to prove themselves anew, because proven ones hold more than their share.</summary>
    public static IReadOnlyList<string> Demote(IEnumerable<ResidentModel> resident, long bytesMax)
    {
        var proven = resident.Where(model => model.Proven).ToArray();
        return MakeRoom(proven, proven.Sum(model => model.Bytes) - (long)(bytesMax * ProvenShare));
    }
}
