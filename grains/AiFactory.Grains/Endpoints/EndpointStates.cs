using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Shadows;

namespace AiFactory.Grains.Endpoints;

[GenerateSerializer, Alias("aifactory.endpoint-state")]
internal sealed class EndpointState
{
    [Id(0)]
    public Endpoint? Endpoint { get; set; }

    /// <summary>The route of the present revision; null when undeployed.</summary>
    [Id(1)]
    public EndpointRoute? Route { get; set; }

    /// <summary>Revisions deployed, oldest first; bounded.</summary>
    [Id(2)]
    public EndpointRevision[] History { get; set; } = [];
}

[GenerateSerializer, Alias("aifactory.routing-table-state")]
internal sealed class RoutingTableState
{
    /// <summary>Routes kept before there were pages; taken over into pages when they are first seen, and null from then on.</summary>
    [Id(0)]
    public KeptRoutes? Book { get; set; }
}

[GenerateSerializer, Alias("aifactory.routing-page-state")]
internal sealed class RoutingPageState
{
    [Id(0)]
    public RouteEntry[] Entries { get; set; } = [];
}

[GenerateSerializer, Alias("aifactory.endpoint-shadow-state")]
internal sealed class EndpointShadowState
{
    [Id(0)]
    public ShadowBook Book { get; set; } = ShadowBook.Empty;
}
