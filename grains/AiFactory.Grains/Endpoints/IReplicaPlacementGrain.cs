using Orleans.Concurrency;

namespace AiFactory.Grains.Endpoints;

/// <summary>Brings every endpoint's routes in line with the workers there are. Key: the worker pool's.</summary>
[Alias("aifactory.replica-placement")]
internal interface IReplicaPlacementGrain : IGrainWithStringKey
{
    /// <summary>The workers changed.</summary>
    [Alias("Follow"), OneWay]
    Task Follow();
}

/// <summary>An endpoint whose route follows the workers. Key: as <see cref="IEndpointGrain"/>.</summary>
[Alias("aifactory.endpoint-placement")]
internal interface IEndpointPlacementGrain : IGrainWithStringKey
{
    /// <summary>Leaves workers that are gone out of the route, then loads the models on newcomers and adds them.</summary>
    [Alias("Follow"), AlwaysInterleave]
    Task Follow();
}
