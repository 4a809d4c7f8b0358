namespace AiFactory.Grains.Endpoints;

/// <summary>How endpoints are spread over workers.</summary>
public sealed class EndpointOptions
{
    /// <summary>Workers that load each variant's model; 0 means all there are. Default 0.</summary>
    public int Replicas { get; set; }

    /// <summary>How long after the last route to a model is gone workers let go of it. Default 5 s, ample for every gateway to follow.</summary>
    public TimeSpan ReleaseAfter { get; set; } = TimeSpan.FromSeconds(5);
}
