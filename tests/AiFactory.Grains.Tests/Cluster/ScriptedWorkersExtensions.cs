using AiFactory.Grains.Tests.Doubles;
using AiFactory.Grains.Workers;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace AiFactory.Grains.Tests.Cluster;

internal static class ScriptedWorkersExtensions
{
    /// <summary>The test's workers stand in for the real ones, of which a silo would find both.</summary>
    public static ISiloBuilder UseScriptedWorkers(this ISiloBuilder silo)
    {
        silo.Services.Configure<GrainTypeOptions>(types =>
            types.Classes.RemoveWhere(type => type != typeof(ScriptedWorkerGrain) && typeof(IWorkerGrain).IsAssignableFrom(type)));
        return silo;
    }
}
