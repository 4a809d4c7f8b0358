namespace AiFactory.Domain.Endpoints;

/// <summary>
/// Where a routing table keeps its entries: in a fixed number of pages, so that a change writes a small part of them. An entry is found in whatever page
/// it lies.
/// </summary>
public static class RoutePages
{
    /// <summary>A thousand endpoints make pages of about sixteen.</summary>
    public const int Count = 64;

    /// <summary>The page of an endpoint, the same on every machine (FNV-1a).</summary>
    public static int Of(string endpoint)
    {
        var hash = 2166136261u;
        foreach (var character in endpoint)
            hash = (hash ^ character) * 16777619u;
        return (int)(hash % Count);
    }

    /// <summary>A page with this entry in place of the endpoint's earlier one.</summary>
    public static RouteEntry[] Put(IReadOnlyList<RouteEntry> page, RouteEntry entry) => [.. page.Where(kept => kept.Endpoint != entry.Endpoint), entry];
}
