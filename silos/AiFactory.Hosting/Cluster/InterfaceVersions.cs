using Orleans.Configuration;
using Orleans.Versions.Compatibility;
using Orleans.Versions.Selector;

namespace AiFactory.Hosting.Cluster;

/// <summary>Silos of two releases in one cluster, while it is upgraded.</summary>
internal static class InterfaceVersions
{
    /// <summary>
    /// A grain answers callers of its own and of earlier interface versions, and never of later ones: those move it to a silo of the later release, which is
    /// where new activations go anyway.
    /// </summary>
    public static ISiloBuilder UseInterfaceVersions(this ISiloBuilder silo) => silo.Configure<GrainVersioningOptions>(versions =>
    {
        versions.DefaultCompatibilityStrategy = nameof(BackwardCompatible);
        versions.DefaultVersionSelectorStrategy = nameof(LatestVersion);
    });
}
