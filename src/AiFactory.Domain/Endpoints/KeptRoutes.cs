using System.Text.Json.Serialization;

namespace AiFactory.Domain.Endpoints;

/// <summary>A tenant's routes as they were kept before there were pages: all in one.</summary>
/// <param name="Generations">By endpoint. What was kept before there were generations holds revisions, which no later generation is below.</param>
public sealed record KeptRoutes(KeptTable Table, [property: JsonPropertyName("revisions")] IReadOnlyDictionary<string, long> Generations)
{
    public IEnumerable<RouteEntry> Entries() => Generations.Select(known =>
        new RouteEntry(known.Key, known.Value, Table.Version, Table.Routes.FirstOrDefault(route => route.Endpoint == known.Key)));
}

public sealed record KeptTable(long Version, IReadOnlyList<EndpointRoute> Routes);
