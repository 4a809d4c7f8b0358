using AiFactory.Domain.Cluster;
using AiFactory.Grains.Models;
using AiFactory.Grains.Placement;
using AiFactory.Grains.Workers;
using AiFactory.Hosting.Options;
using Orleans.Configuration;

namespace AiFactory.Hosting.Cluster;

/// <summary>Which grains a silo of some roles offers to the cluster.</summary>
internal static class RoleGrains
{
    /// <summary>
    /// Without the role control no grain of the control plane is placed on this silo, save those that belong to a silo by name, such as that of its
    /// decision log; without the role worker it offers no workers.
    /// </summary>
    public static ISiloBuilder OfferGrainsOfRoles(this ISiloBuilder silo, FactoryOptions options) =>
        silo.Configure<GrainTypeOptions>(grains => grains.Classes.RemoveWhere(grain => !Offers(options, grain)));

    private static bool Offers(FactoryOptions options, Type grain) =>
        grain.Assembly == typeof(WorkerOptions).Assembly ? options.Has(SiloRole.Worker)
        : grain.Assembly != typeof(ModelOptions).Assembly || options.Has(SiloRole.Control) || grain.IsDefined(typeof(OwningSiloPlacementAttribute), inherit: false);
}
