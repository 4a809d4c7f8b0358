using AiFactory.DecisionLog;
using AiFactory.Domain.Cluster;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Problems;
using AiFactory.Grains.Cluster;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace AiFactory.Gateway.Status;

/// <summary>Looks at the cluster for its operators: the list of members, and what each member that answers in time says of itself.</summary>
internal sealed class ClusterInspection(IGrainFactory grains, IOptions<ClusterOptions> cluster, IDecisionLog log, TimeProvider time)
{
    private static readonly TimeSpan SiloWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ListWait = TimeSpan.FromSeconds(10);

    /// <exception cref="RefusedException"><c>members-unreadable</c>.</exception>
    public async Task<ClusterStatus> Look()
    {
        var members = await Members();
        var names = members.ToDictionary(member => member.SiloAddress, member => member.SiloName);
        var latest = members.GroupBy(member => member.SiloName, StringComparer.Ordinal)
            .Select(bearers => bearers.MaxBy(bearer => (bearer.Status != SiloStatus.Dead, bearer.SiloAddress.Generation))!);
        var silos = await Task.WhenAll(latest.OrderBy(member => member.SiloName, StringComparer.Ordinal).Select(member => Describe(member, names)));
        return new(cluster.Value.ClusterId, log.Name, silos);
    }

    private async Task<MembershipEntry[]> Members()
    {
        try
        {
            return await grains.GetGrain<IManagementGrain>(0).GetDetailedHosts().WaitAsync(ListWait, time);
        }
        catch (Exception failure) when (!Failures.IsUnavailable(failure) || failure is TimeoutException)
        {
            throw new RefusedException(new("members-unreadable", RefusalKind.Unavailable, $"The list of the cluster's members cannot be read: {failure.Message}", null,
                "See that the cluster's database can be reached, then try again; decisions go on without it."), failure);
        }
    }

    private async Task<ClusterSilo> Describe(MembershipEntry member, Dictionary<SiloAddress, string> names)
    {
        var state = member.Status switch
        {
            SiloStatus.Active => SiloState.Active,
            SiloStatus.ShuttingDown or SiloStatus.Stopping => SiloState.Leaving,
            SiloStatus.Dead => SiloState.Dead,
            _ => SiloState.Joining,
        };
        var suspecting = state == SiloState.Dead ? [] : (member.SuspectTimes ?? []).Select(suspicion => names.GetValueOrDefault(suspicion.Item1, suspicion.Item1.ToString()));
        var asked = state == SiloState.Active;
        var report = asked ? Answer(grains.GetGrain<ISiloGrain>($"{member.SiloName}/silo").Describe()) : Task.FromResult<SiloReport?>(null);
        var counts = asked ? Answer(Count(member.SiloAddress)) : Task.FromResult<GrainCount[]?>(null);
        return new(member.SiloName, member.SiloAddress.Endpoint.ToString(), state, [.. suspecting.Distinct(StringComparer.Ordinal)],
            new DateTimeOffset(DateTime.SpecifyKind(member.StartTime, DateTimeKind.Utc)), await report, await counts);
    }

    private async Task<GrainCount[]> Count(SiloAddress silo) =>
        [.. (await grains.GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics([silo]))
            .GroupBy(count => ShortName(count.GrainType), StringComparer.Ordinal)
            .Select(type => new GrainCount(type.Key, type.Sum(count => count.ActivationCount))).OrderBy(type => type.Type, StringComparer.Ordinal)];

    private async Task<T?> Answer<T>(Task<T> asked)
        where T : class
    {
        try
        {
            return await asked.WaitAsync(SiloWait, time);
        }
        catch (Exception failure) when (Failures.IsUnavailable(failure))
        {
            return null;
        }
    }

    // The runtime names types in full; the last part of the name tells people enough.
    private static string ShortName(string type)
    {
        var name = type.Split(',')[0];
        return name[(name.LastIndexOf('.') + 1)..];
    }
}
