using System.Text.Json.Serialization;

namespace AiFactory.Domain.Endpoints;

/// <summary>A tenant's routes, and up to which generation each endpoint is known, so that a late message cannot undo a newer one.</summary>
/// <param name="Generations">By endpoint. Books kept before there were generations hold revisions, which no later generation is below.</param>
public sealed record RouteBook(RoutingTable Table, [property: JsonPropertyName("revisions")] IReadOnlyDictionary<string, long> Generations)
{
    public static readonly RouteBook Empty = new(new RoutingTable(0, []), new Dictionary<string, long>());

    /// <summary>The book with this route in place of the endpoint's earlier one; the same book when it is not newer.</summary>
    public RouteBook Publish(EndpointRoute route) => IsNews(route.Endpoint, route.Order) ? With(route.Endpoint, route.Order, route) : this;

    /// <summary>The book without the endpoint; the same book when the generation is not newer.</summary>
    public RouteBook Withdraw(string endpoint, long generation) => IsNews(endpoint, generation) ? With(endpoint, generation, null) : this;

    private bool IsNews(string endpoint, long generation) => generation > Generations.GetValueOrDefault(endpoint);

    private RouteBook With(string endpoint, long generation, EndpointRoute? route)
    {
        var others = Table.Routes.Where(kept => kept.Endpoint != endpoint);
        var routes = route is null ? others : others.Append(route);
        return new RouteBook(
            new RoutingTable(Table.Version + 1, [.. routes.OrderBy(kept => kept.Endpoint, StringComparer.Ordinal)]),
            new Dictionary<string, long>(Generations) { [endpoint] = generation });
    }
}
