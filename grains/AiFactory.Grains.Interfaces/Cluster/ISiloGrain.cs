using AiFactory.Domain.Cluster;

namespace AiFactory.Grains.Cluster;

/// <summary>A silo as others ask after it. Key: <c>siloName/silo</c>, placed on that silo.</summary>
[Alias("aifactory.silo"), Version(1)]
public interface ISiloGrain : IGrainWithStringKey
{
    [Alias("Describe")]
    Task<SiloReport> Describe();
}
