using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Projections;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Grains.Tests.Cluster;

internal static class ProcessLogs
{
    /// <summary>A process's decision log with its projections, in a folder that is there again when a process of that name is.</summary>
    public static IServiceCollection AddProcessLog(this IServiceCollection services, string folder, string name, LogKind kind) => services
        .AddDecisionLog(log => (log.Folder, log.Name, log.SegmentBytes) = (Path.Combine(folder, name, "log"), name, DecisionLogOptions.SegmentBytesMin))
        .AddProjections(projections => (projections.Folder, projections.Linger) = (Path.Combine(folder, name, "state"), TimeSpan.Zero))
        .AddOwnLog(own => (own.Kind, own.PublishPeriod, own.RegisterPeriod) = (kind, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(100)));
}
