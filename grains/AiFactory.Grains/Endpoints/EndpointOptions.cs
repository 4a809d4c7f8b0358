namespace AiFactory.Grains.Endpoints;

/// <summary>How endpoints are spread over workers.</summary>
public sealed class EndpointOptions
{
    /// <summary>Workers that load each variant's model; 0 means all there are. Default 0.</summary>
    public int Replicas { get; set; }
}
